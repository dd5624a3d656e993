/** What is taken back, and the tests that notice when it is not. A list; guard.ts says what its rows mean. */
import { type Guard, guardsOf } from './guard.ts';
import { ofTheLine } from './undos-of-the-line.ts';
import { ofLostCalls } from './undos-of-lost-calls.ts';

export const undos: readonly Guard[] = [
  ...guardsOf('undo', 'call.ts', 'call.test.ts', [
    [
      'the call room is deleted',
      "teardown.add('call room', () => this.#closeCallRoom());",
      'when %s: session, room and job are gone',
    ],
    [
      'and when the AI has opened it anew for nobody',
      'if (!isOut || (await telephony.whoIsIn(roomName)).length > 0) return;',
      'and its room is, when the AI has opened it anew for nobody',
      'return;',
    ],
    [
      'and not asked for when the server deletes it already',
      'this.#over ??= how;',
      'when %s: session, room and job are gone',
    ],
    [
      'the AI’s session is closed',
      "teardown.add('session', () => closeSession(session, this.#parts.attempts.closeReason));",
      'when %s: session, room and job are gone',
    ],
    [
      'what is on the disk of a call is removed',
      'this.#forget(cause);',
      'is on its room and on the disk from its beginning, and not on the disk after its end',
    ],
    ['the job ends', 'this.#ctx.shutdown(cause);', 'when %s: session, room and job are gone'],
    [
      'all of it once, for the first cause',
      'this.#ending ??= this.#finish(cause, heir)',
      'once, for the first cause',
      'this.#ending = this.#finish(cause, heir)',
    ],
  ]),
  ...guardsOf('undo', 'models.ts', 'models.test.ts', [
    [
      'a session that is closed again is waited for once',
      'closings.set(session, closing);',
      'again ends when it had ended the first time',
    ],
  ]),
  ...guardsOf('undo', 'transfer/attempts.ts', 'call.test.ts', [
    ['a transfer under way is ended', 'await transfer.close();', 'the human is released'],
    [
      'a human who is back in the consult room goes with the call',
      'await sides.human.closeConsultation();',
      'a human who is back in the consult room, because their move was lost, goes with the call',
    ],
  ]),
  ...guardsOf('undo', 'teardown.ts', 'teardown.test.ts', [
    [
      'a closer that fails keeps no other from its work',
      "log().error({ error, closer: name }, 'a closer failed; the others go on');",
      'runs the others when one',
      'throw error;',
    ],
    [
      'what is opened when the call is ending is not opened',
      'if (this.#closing) throw new Error(`too late to open the ${name}: the call is ending`);',
      'takes no closer once it has begun',
    ],
  ]),
  ...guardsOf('undo', 'transfer/transfer.ts', 'transfer/transfer.test.ts', [
    [
      'an attempt that is closed comes to its end',
      "this.put({ type: 'jobEnding' });",
      'as cancelled, and releases the human',
    ],
    ['its effects are waited for', 'await this.#performing;', 'waits for %s while %s'],
    [
      'the release and the AI’s leaving are waited for',
      'await this.#effects.settled;',
      'waits for %s while %s',
    ],
    [
      'an effect that fails stops none after it',
      "log().error({ error, effect }, 'an effect of the transfer failed');",
      'one that fails (%s while %s) stops none after it',
      'throw error;',
    ],
  ]),
  ...guardsOf('undo', 'transfer/effects.ts', 'transfer/transfer.test.ts', [
    [
      'the end of the call does not wait until the human is out',
      'releaseHuman: () => this.#releaseHuman(),',
      'nor until a human is out whose move livekit-server does not answer',
      'releaseHuman: () => this.#sides.human.release(),',
    ],
    [
      'the human is released after last words, said or not',
      'this.#releaseHuman();',
      'a human who declines is thanked, and released only then',
    ],
    [
      'a briefing that fails gives the caller back',
      "this.#put({ type: 'briefingFailed' });",
      'a briefing that fails gives the caller back to the AI',
    ],
    [
      'a caller who cannot be given back is hung up on',
      "this.#put({ type: 'returnFailed' });",
      'a caller who cannot be given back to the AI is hung up on',
    ],
  ]),
  ...guardsOf('undo', 'transfer/transfer.ts', 'transfer/transfer.test.ts', [
    [
      'nobody is rung for a caller who has hung up',
      "if (effect === 'returnCaller' && this.#phase !== 'returning') return;",
      'a caller who hangs up before they were given on is given on to nobody',
    ],
  ]),
  ...guardsOf('undo', 'transfer/referral.ts', 'transfer/referral.test.ts', [
    [
      'nobody is referred when the attempt has ended',
      'if (this.#released) return;',
      'refers nobody when the attempt has ended meanwhile',
    ],
  ]),
  ...guardsOf('undo', 'messages/delivery.ts', 'messages/delivery.test.ts', [
    [
      'a message whose file cannot be used holds up no other',
      '.catch((error: unknown) => this.#passOver(waiting, error))',
      'a file that cannot be opened keeps no other from being delivered',
    ],
  ]),
  ...guardsOf('undo', 'transfer/consultation.ts', 'transfer/consultation.test.ts', [
    [
      'a consult room that could not be joined is joined when the human has answered',
      'this.#opened = undefined;',
      'that fails at first is tried again',
    ],
  ]),
  ...guardsOf('undo', 'transfer/human-leg.ts', 'transfer/human-leg.test.ts', [
    [
      'the human is taken out of the call room, too',
      'await Promise.all([this.closeConsultation(), hangUp()]);',
      'ends the leg in both rooms',
      'await this.closeConsultation();',
    ],
    [
      'and again after a move that was under way',
      'await moving?.then(hangUp);',
      'is waited for by the release, which looks for the human again',
    ],
    [
      'the human is taken out of the consult room',
      'await release(); while',
      'ends the leg in both rooms',
      'while',
    ],
    [
      'a human who cannot be taken out goes with the room',
      ".catch((error: unknown) => log().warn({ error }, 'the human could not be taken out'));",
      'deletes the consult room also when the human cannot be taken out of it',
      ';',
    ],
    [
      'who is released before the room is there is not rung',
      'if (this.#released) return; // A consultation',
      'rings nobody when the human is released before the room is there',
      '//',
    ],
    ['the AI leaves the consult room', 'await consultation.close();', 'ends the leg in both rooms'],
    [
      'the consult room is deleted',
      'const tookMs = await telephony.deleteRoom(consultRoom);',
      'ends the leg in both rooms',
      'const tookMs = 10;',
    ],
  ]),
  ...ofTheLine,
  ...guardsOf('undo', 'telephony.ts', 'telephony.test.ts', [
    [
      'a room is deleted again until it is seen gone',
      'if (left.length === 0) return Date.now() - startedMs;',
      'is deleted again until it is seen gone',
      'return Date.now() - startedMs + left.length;',
    ],
    [
      'a room that we fail to delete closes by itself',
      'emptyTimeout: 60, departureTimeout: 5',
      'a room that we fail to delete closes by itself',
    ],
    [
      'who is gone already needs no hang-up',
      "await this.#api.repeat('hangUp', remove).catch(unlessNotFound);",
      'needs no hang-up',
      "await this.#api.repeat('hangUp', remove);",
    ],
  ]),
  ...guardsOf('undo', 'watch-legs.ts', 'watch-legs.test.ts', [
    [
      'a watch that has ended tells of no leave',
      'room.off(RoomEvent.ParticipantDisconnected, onDisconnected);',
      'nothing is told after the watch has ended',
    ],
    [
      'a watch that has ended tells of no hang-up',
      'room.off(RoomEvent.ParticipantAttributesChanged, onAttributes);',
      'nothing is told after the watch has ended',
    ],
    [
      'a watch that has ended does not say that the room is over',
      'room.off(RoomEvent.Disconnected, onOver);',
      'a room that is over after the watch has ended',
    ],
  ]),
  ...ofLostCalls,
];
