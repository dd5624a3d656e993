/** Who is watched for what, and the tests that notice when nobody watches. A list; guard.ts says what its rows mean. */
import { type Guard, guardsOf } from './guard.ts';
import { overLostCalls } from './watches-over-lost-calls.ts';

export const watches: readonly Guard[] = [
  ...guardsOf('watch', 'watch-legs.ts', 'watch-legs.test.ts', [
    [
      'somebody leaves, for whatever reason',
      'room.on(RoomEvent.ParticipantDisconnected, onDisconnected);',
      'a leave counts for whatever reason',
    ],
    [
      'a phone says that it has hung up',
      'room.on(RoomEvent.ParticipantAttributesChanged, onAttributes);',
      'a phone that has hung up has left, once',
    ],
    [
      'somebody comes who has hung up on the way',
      'if (hasHungUp(participant.attributes)) left(participant.identity);',
      'a phone that hung up while it was being moved here',
    ],
    [
      'somebody joins',
      'room.on(RoomEvent.ParticipantConnected, onConnected);',
      'who leaves and comes back can leave again',
    ],
    [
      'we are back after a reconnect: who has left meanwhile?',
      "telephony.whoIsIn(room.name ?? '').then(tellNow, () => undefined);",
      'a leave without a reason while we reconnect is none',
    ],
    [
      'who was asked for before the watch ended is not missed after it',
      'which === looks &&',
      'who was asked for before the watch ended',
    ],
    [
      'the room is deleted, or we are thrown out of it',
      'room.on(RoomEvent.Disconnected, onOver);',
      'a room that is deleted is over',
    ],
    [
      'a room that is deleted is nobody’s hang-up',
      'if (participant.disconnectReason === DisconnectReason.ROOM_DELETED) return;',
      'a room that is deleted is over',
    ],
  ]),
  ...guardsOf('watch', 'call.ts', 'call.test.ts', [
    [
      'the caller, for their leaving',
      'if (left === caller) this.#onCallerLeft();',
      'when %s: session, room and job are gone',
      'if (left === caller) void left;',
    ],
    [
      'the human, by identity alone, for their leaving the call room',
      "else attempts.of(left)?.put({ type: 'humanLeft' });",
      'is over when the %s hangs up, not when somebody else leaves',
    ],
    [
      'the call room, for the human who was moved into it',
      "onJoined: (joined) => attempts.of(joined.identity)?.put({ type: 'merged' }),",
      'is seen by the human’s coming',
      'onJoined: () => undefined,',
    ],
    [
      'the call room, for its end',
      'onOver: (how) => this.#onRoomOver(how),',
      'when %s: session, room and job are gone',
      'onOver: () => undefined,',
    ],
    [
      'the AI’s session, for its end',
      'this.#onSessionClosed(event.reason)',
      'when %s: session, room and job are gone',
      'void event',
    ],
    [
      'the job, for its end',
      "this.#ctx.addShutdownCallback(() => this.#end('jobEnded', this.#watcher));",
      'when %s: session, room and job are gone',
    ],
  ]),
  ...guardsOf('watch', 'call.ts', 'call.test.ts', [
    [
      'the call room, for another AI that has the call',
      'void marked.then(() => successor.watch(() => this.#onTaken()));',
      'a call that another AI has taken over while we were away',
    ],
    [
      'the same, before the room is deleted',
      "if (!heir && !hasLeft && (await this.#parts.successor.isThere())) this.#heir = 'another AI';",
      'an AI that fails when another has its call',
    ],
    [
      'one that we have sent for ourselves is waited for',
      'if (!this.relief.takenOver()) void',
      'an AI that we have sent for ourselves is waited for',
      'void',
    ],
  ]),
  ...overLostCalls,
  ...guardsOf('watch', 'caller-side.ts', 'caller-side.test.ts', [
    [
      'the caller’s phone, for a new track',
      'if (identity === this.identity) listenAgain();',
      'is listened to on that',
    ],
    [
      'the same, when we are back after a reconnect',
      'this.#room.on(RoomEvent.Reconnected, listenAgain);',
      'is listened to again when we are back in the room',
    ],
    [
      'the AI, for the loss of its voice',
      "noVoice: () => this.#isOnHold || void closeSession(this.#session, 'error'),",
      'ends the session when it is the voice',
      'noVoice: () => undefined,',
    ],
    [
      'the AI, for a model that does not answer',
      'noReply: () => this.#tell(words.noReply),',
      'is owned up to when the model gives no reply',
      'noReply: () => undefined,',
    ],
    [
      'the AI’s session, whose end ends the words on hold',
      'this.#session.on(voice.AgentSessionEventTypes.Close, () => this.#words?.end());',
      'do not come any more when %s',
    ],
  ]),
  ...guardsOf('watch', 'transfer/consultation.ts', 'transfer/consultation.test.ts', [
    [
      'the human, for keys',
      '.on(RoomEvent.DtmfReceived, (_, digit, participant) => this.#onKey(digit, participant));',
      'of the human is understood',
      ';',
    ],
    [
      'keys of anybody else mean nothing',
      '#onKey(digit: string, participant: RemoteParticipant): void { if (participant.identity !== this.#options.names.human) return;',
      'of anybody else mean nothing',
      '#onKey(digit: string, participant: RemoteParticipant): void { void participant;',
    ],
    [
      'the human’s phone, for ringing',
      '.on(RoomEvent.ParticipantAttributesChanged, (_, participant) => this.#onCallStatus(participant), )',
      'rings',
    ],
    [
      'the human’s phone, for ringing when they join',
      'onJoined: (participant) => this.#onCallStatus(participant),',
      'rings already when they join',
      'onJoined: () => undefined,',
    ],
    [
      'the human’s phone, for ringing before we joined',
      'this.#room.remoteParticipants.forEach((participant) => this.#onCallStatus(participant));',
      'rings already when we join',
    ],
    [
      'the human’s phone, for a hang-up on the way to the call room',
      "if (status === 'hangup') this.#options.put({ type: 'humanLeft' });",
      'a hang-up on the way to the call room is told',
    ],
    [
      'the human, for words of their own',
      'if (event.isFinal && event.transcript.trim()) offer.humanSpoke();',
      'is made when the headline was heard to its end',
    ],
    [
      'the human, for words that they began before the end of the offer',
      "session.on(voice.AgentSessionEventTypes.UserStateChanged, ({ newState }) => offer.humanSpeaks(newState === 'speaking'), );",
      'what the human says into the end of the offer',
    ],
    [
      'the human, for their leaving the consult room',
      "onLeft: (identity) => identity === names.human && put({ type: 'humanLeft' }),",
      'is told of the human, and of nobody else',
      'onLeft: () => undefined,',
    ],
    [
      'what has picked up, for being a machine',
      "this.#watches.push(detectMachine(() => put({ type: 'machineAnswered' })));",
      'a machine that has answered is a fact',
    ],
    [
      'the human, for silence',
      "const onSilent = () => put({ type: 'humanSilent' });",
      'they are asked again when they say nothing',
      'const onSilent = () => undefined;',
    ],
    [
      'the AI, for the loss of its voice',
      "noVoice: () => put({ type: 'briefingFailed' }),",
      'an AI that has lost its voice, or its session, is a fact',
      'noVoice: () => undefined,',
    ],
    [
      'the AI, for a model that does not answer',
      'noReply: () => tell(session, words.noReply),',
      'they are told what matters to them',
      'noReply: () => undefined,',
    ],
    [
      'the consult room, for its end',
      "onOver: () => put({ type: 'humanLeft' }),",
      'is what a room that is over means',
      'onOver: () => undefined,',
    ],
  ]),
  ...guardsOf('watch', 'transfer/human-leg.ts', 'transfer/human-leg.test.ts', [
    [
      'who answered may have hung up before that was known',
      "if (!there.includes(identity)) put({ type: 'humanLeft' });",
      'sees that who answered has hung up before that was known',
    ],
    [
      'where the human is after the request to move them: in the call room',
      "if (place === 'call') put({ type: 'merged' }); else",
      'moves the human from the consult room to the call room',
    ],
    [
      'where the human is after the request to move them: still in the consult room',
      "else if (place === 'consult') put({ type: 'mergeFailed' });",
      'but has not moved the human, has not',
    ],
  ]),
];
