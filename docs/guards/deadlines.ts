/** What has a limit, and the tests that notice when it has none. A list; guard.ts says what its rows mean. */
import { limits } from '../../agent/limits.ts';
import { seconds } from '../print/markdown.ts';
import { type Guard, guardsOf } from './guard.ts';
import { messageDeadlines } from './message-deadlines.ts';
import { guardianDeadlines } from './guardian.ts';
import { patience } from './patience.ts';
import { ofSpeech } from './deadlines-of-speech.ts';
import { shortage } from './shortage.ts';

export const deadlines: readonly Guard[] = [
  ...guardsOf('deadline', 'watch-legs.ts', 'call.test.ts', [
    [
      `the caller to be there when their AI is, ${seconds(limits.callerMs)}`,
      'within(limits.callerMs, ctx.waitForParticipant())',
      'when the caller is not there in time',
      'ctx.waitForParticipant()',
    ],
  ]),
  ...guardsOf('deadline', 'limits.ts', 'transfer/transfer.test.ts', [
    [
      `referring, ${seconds(limits.dialMs)}`,
      'referring: limits.dialMs,',
      'ms and not longer',
      'referring: undefined,',
    ],
    [
      `dialing, ${seconds(limits.dialMs)}`,
      'dialing: limits.dialMs,',
      'ms and not longer',
      'dialing: undefined,',
    ],
    [
      `ringing, ${seconds(limits.dialMs)}`,
      'ringing: limits.dialMs,',
      'ms and not longer',
      'ringing: undefined,',
    ],
    [
      `briefing, ${limits.decisionS} s when the directory does not say`,
      "phase === 'briefing' || phase === 'offered'",
      'ms and not longer',
      "phase === 'offered'",
    ],
    [
      `offered, ${limits.decisionS} s when the directory does not say`,
      "phase === 'briefing' || phase === 'offered'",
      'ms and not longer',
      "phase === 'briefing'",
    ],
    [
      `accepted, ${seconds(limits.clearLineMs)}`,
      'accepted: limits.clearLineMs,',
      'ms and not longer',
      'accepted: undefined,',
    ],
    [
      `merging, ${seconds(limits.mergeMs)}`,
      'merging: limits.mergeMs,',
      'ms and not longer',
      'merging: undefined,',
    ],
    [
      `returning, ${seconds(limits.returnMs)}`,
      'returning: limits.returnMs,',
      'a caller on the way back to the AI is not left there',
      'returning: undefined,',
    ],
  ]),
  ...guardsOf('deadline', 'transfer/transfer.ts', 'transfer/transfer.test.ts', [
    [
      'the phase’s limit is watched for',
      "if (limitMs) this.#limit = setTimeout(() => this.put({ type: 'limitReached' }), limitMs);",
      'ms and not longer',
    ],
    [
      'a phase that is left has no limit any more',
      'clearTimeout(this.#limit);',
      'each phase has its whole limit',
    ],
    [
      `any one effect, ${seconds(limits.closerMs)}`,
      'await within(limitMs, Promise.resolve(this.#effects.perform(effect, cause)));',
      'one that hangs (',
      'await this.#effects.perform(effect, cause);',
    ],
    [
      `the caller’s way back, ${seconds(limits.returnMs)}`,
      "effect === 'returnCaller' ? limits.returnMs : limits.closerMs",
      'a caller whose way back to the AI hangs is hung up on at its limit',
      'limits.closerMs',
    ],
  ]),
  ...guardsOf('deadline', 'teardown.ts', 'teardown.test.ts', [
    [
      `any one closer, ${seconds(limits.closerMs)}`,
      'await within(limits.closerMs, Promise.resolve(close()));',
      'for a hanging one no longer than the limit',
      'await close();',
    ],
  ]),
  ...patience,
  ...guardsOf('deadline', 'speeches.ts', 'speeches.test.ts', [
    [
      `a speech that is cut off, ${seconds(limits.cutOffMs)}`,
      'await within(limits.cutOffMs, Promise.all(over)).catch(() => undefined);',
      'a speech that does not come to its end is waited for no longer than its limit',
      'await Promise.all(over);',
    ],
  ]),
  ...guardsOf('deadline', 'transfer/human-leg.ts', 'transfer/human-leg.test.ts', [
    [
      `a human who is in neither room, ${limits.mergeLooks} looks`,
      "else if (place === 'nowhere' && --looksLeft === 0) put({ type: 'humanLeft' });",
      'a human who is in neither room has left, after all looks',
    ],
    [
      'the answer to the move, for no longer than it is wanted',
      'while (this.#moving !== undefined && stillMerging() &&',
      'keeps nobody waiting once the human was seen',
      'while (this.#moving !== undefined &&',
    ],
    [
      `the answer to the move, ${seconds(limits.moveAnswerMs)}; then we look who is where`,
      'Date.now() + limits.moveAnswerMs',
      'is not waited for longer than two people should hear nothing',
      'Infinity',
    ],
    [
      `a dial that does not come to its end is taken back again, every ${seconds(limits.cancelAgainMs)}`,
      'while (this.#dialing) {',
      'takes the human out again and again while the dial is on its way',
      'while (false) {',
    ],
  ]),
  ...guardsOf('deadline', 'caller-side.ts', 'caller-side.test.ts', [
    [
      `words on hold, ${seconds(limits.holdWordsMs)} after the last`,
      'if (!this.#isOver) this.#pause = setTimeout(() => this.#remind(), limits.holdWordsMs);',
      'come again and again',
    ],
  ]),
  ...guardsOf('deadline', 'caller-side.ts', 'caller-side.test.ts', [
    [
      `words before a cold transfer, ${seconds(limits.announcementMs)}`,
      'await within(limits.announcementMs, this.#words?.firstSpoken ?? Promise.resolve()).catch( () => undefined, );',
      'are waited for no longer than their limit',
      'await this.#words?.firstSpoken;',
    ],
  ]),
  ...guardsOf('deadline', 'server-api.ts', 'server-api-in-cloud.test.ts', [
    [
      'what may not be repeated is not repeated by the SDK either',
      'failover: false',
      'what may not be repeated is asked once there too',
      'failover: true',
    ],
  ]),
  ...guardsOf('deadline', 'server-api.ts', 'server-api.test.ts', [
    [
      `one request to LiveKit, ${seconds(limits.requestMs)}`,
      'requestTimeout: limits.requestMs / 1000,',
      'no answer at all is asked again, until the first has waited too long',
    ],
    [
      `a request that may be repeated, ${limits.requestTries} times`,
      'attempt === limits.requestTries ||',
      'but not more than three times',
    ],
    [
      `a request that may be repeated, ${seconds(limits.requestMs)} from the first to the last`,
      'const isLate = performance.now() - startedMs > limits.requestMs;',
      'no answer at all is asked again, until the first has waited too long',
      'const isLate = false;',
    ],
  ]),
  ...guardsOf('deadline', 'telephony.ts', 'telephony.test.ts', [
    [
      `the request to end a leg, ${seconds(limits.hangUpMs)}; then it is made again`,
      'within(limits.hangUpMs, this.#api.rooms.removeParticipant(room, identity));',
      'a leg is asked for again soon when the server says nothing',
      'this.#api.rooms.removeParticipant(room, identity);',
    ],
    [
      'the ringing, as long as the directory says',
      'ringingTimeout: options.ringLimitS,',
      'the phone rings no longer than its limit',
    ],
    [
      `a room that the server deletes already, ${seconds(limits.roomGoingMs)}`,
      'isGoing && Date.now() - startedMs < limits.roomGoingMs;',
      'and not forever: one that stays is asked for',
      'isGoing;',
    ],
    [
      `a room that cannot be asked for, ${seconds(limits.roomGoneMs)}`,
      'if (Date.now() - startedMs > limits.roomGoneMs) throw error;',
      'is given up at the limit',
      'void error;',
    ],
    [
      `a room that stays, ${seconds(limits.roomGoneMs)}`,
      "if (Date.now() - startedMs > limits.roomGoneMs) throw new Error('the room is still there');",
      'is given up at the limit',
    ],
  ]),
  ...guardsOf('deadline', 'directory/schema.ts', 'directory/directory.test.ts', [
    [
      `the ringing when the directory does not say, ${limits.ringS} s`,
      '.default(limits.ringS),',
      'departments by key, in the order of the file',
      '.default(1),',
    ],
    [
      `the decision when the directory does not say, ${limits.decisionS} s`,
      '.default(limits.decisionS),',
      'departments by key, in the order of the file',
      '.default(10),',
    ],
    [
      'no directory may ask for more ringing than the dial’s limit leaves',
      "wholeNumber(1, 70, 'whole seconds')",
      'a phone rings for 70 s at the longest',
      "wholeNumber(1, 999, 'whole seconds')",
    ],
  ]),
  ...guardsOf('deadline', 'directory/dial-budget.ts', 'directory/dial-budget.test.ts', [
    [
      'as many dials in an hour as the directory says',
      'if (recent.length >= this.#perHour) return false;',
      'as many dials as an hour may have',
    ],
  ]),
  ...messageDeadlines,
  ...guardianDeadlines,
  ...ofSpeech,
  ...shortage,
];
