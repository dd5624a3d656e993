/** Who notices that a call has lost its AI, or its process. Part of the list in watches.ts. */
import { type Guard, guardsOf } from './guard.ts';

export const overLostCalls: readonly Guard[] = [
  ...guardsOf('watch', 'guardian/successor.ts', 'guardian/successor.test.ts', [
    [
      'the mark of the call room, for that of another AI',
      'this.#room.on(RoomEvent.RoomMetadataChanged, (metadata) => look(readMark(metadata)));',
      '%s is on the room',
    ],
    [
      'the same, when we are back after a reconnect',
      'this.#readMark().then(look, () => undefined);',
      'after a reconnect the server is asked',
    ],
    [
      'the same, for a guardian who did not see us',
      'this.#isClaimed(mark) || isForgotten(mark)',
      'a guardian who wants to send another, although we are here',
      'isForgotten(mark)',
    ],
    [
      'the same, for a server that has forgotten whose the room is',
      'this.#isClaimed(mark) || isForgotten(mark)',
      'a room that has forgotten whose it is is told again',
      'this.#isClaimed(mark)',
    ],
    [
      'the room that is joined, for one who was sent like us',
      'callId !== this.#of',
      'the room that we join says that %s',
      'this.#of === undefined',
    ],
  ]),
  ...guardsOf('watch', 'guardian/predecessor.ts', 'guardian/predecessor.test.ts', [
    [
      'the room that is joined, for two who talk already',
      'look(); } /** Ends',
      'are there: the room should say who they are',
      '} /** Ends',
    ],
    [
      'the same, for one who comes back later than the caller',
      'this.#room.on(RoomEvent.ParticipantConnected, look);',
      'come back one after the other',
    ],
  ]),
  ...guardsOf('watch', 'call.ts', 'call.test.ts', [
    [
      'the call room, for two whom a server that was killed has forgotten',
      'predecessor?.watchForTwo();',
      'are not spoken to, and the room says again that they talk',
    ],
    [
      'the same, for a caller whom another AI was talking to',
      'if (await predecessor?.knows(identity)) return;',
      'to a caller whom another AI knows, by the disk, it says nothing',
    ],
  ]),
  ...guardsOf('watch', 'log.ts', 'log.test.ts', [
    [
      'the output of each process, for a log that cannot be written',
      "output.on('error', () => undefined);",
      'an output that fails ends nothing',
      'void output;',
    ],
  ]),
  ...guardsOf('watch', 'relief.ts', 'relief.test.ts', [
    [
      'another AI that has the call, while the caller is told that none came',
      'await Promise.race([caller.partWith(words.agent.mustEnd), taken]);',
      'another AI that has the call, while the caller is told',
      'await caller.partWith(words.agent.mustEnd);',
    ],
    [
      'the same, when it is late to speak',
      'if (this.#isTaken) return true;',
      'another AI that has the call, and is late to speak',
    ],
    [
      'the worker, for its death',
      "process.once('disconnect', () => void this.workerLost());",
      'is told by its process that %s',
    ],
    [
      'the worker, for an answer that it did not live to take',
      "process.on('error', (error) =>",
      'an answer that the worker did not live to take ends nothing',
      "process.on('warning', (error) =>",
    ],
    [
      'the worker, for the end of its drain',
      'process.once(WIND_UP, () => void this.windUp());',
      'is told by its process that %s',
    ],
    [
      'the call room, for another AI',
      'if (kind === ParticipantKind.AGENT) resolve();',
      'a caller gets another AI, and their human is released',
    ],
  ]),
  ...guardsOf('watch', 'guardian/rule.ts', 'guardian/rule.test.ts', [
    [
      'two who talked, for the caller',
      "if (hasHuman) return { why: 'the caller has left', patienceMs };",
      'trouble that lasts',
    ],
    [
      'two who talked, for the human',
      "if (mark.phase === 'connected') return { why: 'the human has left', patienceMs };",
      'trouble that lasts',
    ],
    [
      'a call, for its AI',
      'if (hasAi && !died.has(callId)) return undefined;',
      'trouble that lasts',
      'if (hasAi || !died.has(callId)) return undefined;',
    ],
    [
      'a consultation, for its call',
      "if (!rooms.has(callRoom)) return { why: 'its call is over', patienceMs };",
      'trouble that lasts',
    ],
  ]),
  ...guardsOf('watch', 'guardian/rule.ts', 'guardian/rule.test.ts', [
    [
      'a room without mark, for two who talk',
      '(hasAi || humans.length > 0)',
      'two who talk, whose mark LiveKit has forgotten',
      'hasAi',
    ],
  ]),
  ...guardsOf('watch', 'guardian/sweep.ts', 'guardian/sweep.test.ts', [
    [
      'a room, for who has hung up and is still listed',
      'const there = participants.filter(({ attributes }) => !hasHungUp(attributes));',
      'ends a room in which one of two has hung up and is still listed',
      'const there = participants;',
    ],
    [
      'a room, for fewer people than before',
      'const isSuspicious = fewer ||',
      'a room that somebody has left is looked into at once',
      'const isSuspicious =',
    ],
    [
      'a room whose AI died before its mark was there',
      'mark: diedIn === undefined ? mark : marked(mark, diedIn, seen),',
      'sends another AI when one has died before its mark was on the room',
      'mark,',
    ],
    [
      'a call that no AI has marked, each time',
      'if (!mark.callId) return true;',
      'ends a call that no AI comes to, in time also among many that are in order',
      'if (!mark.callId) return false;',
    ],
    [
      'a consult room whose AI is named for ever, when the file of its call is gone',
      '[...this.#dead, ...this.#died]',
      'ends a consultation whose AI has died and is named, also later',
      'this.#died',
    ],
    [
      'a consult room that has lost its mark, for its human',
      'listed.mark ?? carriedMark(there)',
      'ends a consultation that its human has opened anew',
      'listed.mark',
    ],
    [
      'a room in trouble, until it is out of it',
      'this.#memory.has(name) ||',
      'a room in trouble is looked into again',
    ],
  ]),
];
