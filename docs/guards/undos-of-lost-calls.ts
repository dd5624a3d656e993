/** What is taken back of calls that have lost their AI. Part of the list in undos.ts. */
import { type Guard, guardsOf } from './guard.ts';

export const ofLostCalls: readonly Guard[] = [
  ...guardsOf('undo', 'guardian/call-trace.ts', 'guardian/call-trace.test.ts', [
    [
      'the mark of a call that another AI has is left as it is',
      'this.#isMarkOld && !this.#isConceded',
      'is not written any more when another AI has the call',
      'this.#isMarkOld',
    ],
    [
      'the mark of two who talk, which a server that was killed has forgotten, is given back',
      'this.#givenBack = this.#save();',
      'gives the room back to others, until it says so',
    ],
    [
      'the same, and nothing of ours is written over it',
      'if (this.#givenBack) return this.#givenBack;',
      'gives the room back to others, until it says so',
    ],
  ]),
  ...guardsOf('undo', 'guardian/call-trace.ts', 'call.test.ts', [
    [
      'a transfer that may lose its process is on the disk',
      'this.#keep({ attempt: event.attempt });',
      'says on the disk which transfer is under way',
    ],
    [
      'one that has its outcome is not',
      "if (event.type === 'transferEnded') this.#keep({ attempt: undefined });",
      'says on the disk which transfer is under way',
    ],
    [
      'an end that is on record is not put there again',
      'this.#keep({ isEnded: true });',
      'not when only the AI is out of its room',
    ],
  ]),
  ...guardsOf('undo', 'guardian/call-file.ts', 'guardian/call-file.test.ts', [
    [
      'a transfer that has lost its process has an outcome',
      "if (attempt) record({ type: 'transferEnded', attempt, outcome: 'cancelled', blame });",
      'is the end of its transfer and of the call',
    ],
    [
      'a call that has lost its process has an end',
      "if (how === 'over' && !isEnded) record({ type: 'callEnded', cause: 'jobLost' });",
      'is the end of the call alone',
    ],
  ]),
  ...guardsOf('undo', 'guardian/sweep.ts', 'guardian/sweep.test.ts', [
    [
      'a room that has outlived its call is ended',
      'else await this.#end(room);',
      'ends a room when one of two has been missing for long enough',
      '',
    ],
  ]),
  ...guardsOf('undo', 'guardian/rescue.ts', 'guardian/sweep.test.ts', [
    [
      'an AI that was lost is replaced',
      'await this.#telephony.sendAi({ room, agentName, metadata });',
      'takes a dead AI out and sends another',
    ],
    [
      'an AI that has died is taken out',
      'if (ai) void this.#takeOut({ room, identity: ai });',
      'takes a dead AI out and sends another',
    ],
    [
      'who could not send an AI does not keep others from it',
      'if (await this.#isOurs(room)) await this.#telephony.mark(room, mark);',
      'leaves it to the next look when no AI could be sent',
    ],
  ]),
  ...guardsOf('undo', 'relief.ts', 'relief.test.ts', [
    [
      'a room that was opened anew for nobody is not left to another AI',
      "(await this.#isAlone()) ? undefined : 'another AI'",
      'and is in a room with %s ends it',
      "'another AI'",
    ],
    [
      'a human who is rung or briefed is released when the worker has died',
      "caller.hold(words.guardian.oneMoment, () => undefined); attempts.current?.put({ type: 'relieved' });",
      'a caller gets another AI, and their human is released',
      'caller.hold(words.guardian.oneMoment, () => undefined);',
    ],
    [
      'a human who is rung or briefed is released at the end of a drain',
      "if (!attempts.areConnected) { attempts.current?.put({ type: 'relieved' });",
      'at the end of a drain a caller is told goodbye',
      'if (!attempts.areConnected) {',
    ],
  ]),
];
