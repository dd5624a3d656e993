/** What limits that which has lost its process. Part of the list in deadlines.ts; what a guardian sees is in the watches. */
import { limits } from '../../agent/limits.ts';
import { seconds } from '../print/markdown.ts';
import { type Guard, guardsOf } from './guard.ts';

const forEver = (code: string, limit: string) => code.replace(limit, 'Infinity');
const rule = (what: string, limit: string, code: string, test: string) =>
  [what, code, test, forEver(code, limit)] as const;

export const guardianDeadlines: readonly Guard[] = [
  ...guardsOf('deadline', 'guardian/rule.ts', 'guardian/rule.test.ts', [
    rule(
      `any call, ${limits.callMs / 3_600_000} h`,
      'limits.callMs',
      'if (room.ageMs > limits.callMs)',
      'trouble that cannot mend',
    ),
    rule(
      `one of two who talked, ${seconds(limits.legAloneMs)}`,
      'limits.legAloneMs',
      'const patienceMs = limits.legAloneMs;',
      'trouble that lasts',
    ),
    rule(
      `one of two who talked, named and not counted, ${seconds(limits.namedOnlyMs)}`,
      'limits.namedOnlyMs',
      "why: 'somebody is named and not there', patienceMs: limits.namedOnlyMs",
      'one of two who talked is named and not counted',
    ),
    [
      `the AI of a consultation, the same, ${seconds(limits.namedOnlyMs)}`,
      'publishers < participants.filter(({ publishes }) => publishes).length ? namedOnly : undefined',
      'a consultation whose AI is named and not counted',
      'undefined',
    ],
    rule(
      `a call in which only the AI is left, ${seconds(limits.aiAloneMs)}`,
      'limits.aiAloneMs',
      "why: 'only the AI is left', patienceMs: limits.aiAloneMs",
      'trouble that lasts',
    ),
    rule(
      `a caller without AI, ${seconds(limits.aiLostMs)}`,
      'limits.aiLostMs',
      'died.has(callId) ? 0 : limits.aiLostMs',
      'trouble that lasts',
    ),
    rule(
      `a caller to whom another AI was sent, ${seconds(limits.rescueMs)}`,
      'limits.rescueMs',
      "why: 'no other AI came', patienceMs: limits.rescueMs",
      'trouble that lasts',
    ),
    rule(
      `a call that nobody answers, ${seconds(limits.unansweredMs)}`,
      'limits.unansweredMs',
      'isRinging ? limits.unansweredMs : limits.aiAloneMs',
      'trouble that lasts',
    ),
    rule(
      `a consultation without AI or without call, ${seconds(limits.consultAloneMs)}`,
      'limits.consultAloneMs',
      'const patienceMs = limits.consultAloneMs;',
      'trouble that lasts',
    ),
  ]),
  ...guardsOf('deadline', 'guardian/call-file.ts', 'guardian/call-file.test.ts', [
    rule(
      `a file that another machine has left, ${limits.leftFileMs / 60_000} min`,
      'limits.leftFileMs',
      'Date.now() - mtimeMs > limits.leftFileMs',
      'what a process had begun to write when it died is removed after a while',
    ),
  ]),
  ...guardsOf('deadline', 'guardian/call-trace.ts', 'guardian/call-trace.test.ts', [
    [
      `a mark that LiveKit did not take is written again after ${seconds(limits.markAgainMs)}`,
      'setTimeout(() => this.#isOver || void this.#save(), limits.markAgainMs).unref();',
      'is written again until it is there',
    ],
  ]),
  ...guardsOf('deadline', 'guardian/guardian.ts', 'guardian/guardian.test.ts', [
    [
      `a guardian looks again, every ${seconds(limits.guardMs)} or so`,
      'const usualMs = limits.guardMs * (0.75 + Math.random() / 2);',
      'looks at once, and again and again',
      'const usualMs = Infinity;',
    ],
    [
      'a guardian looks again as soon as trouble has lasted long enough',
      'Math.min(usualMs, dueMs)',
      'looks when trouble is due, and not only at its usual time',
      'usualMs',
    ],
    [
      `between two looks a guardian rests for ${limits.guardRestMs} ms, however often it is asked`,
      'this.#restsUntilMs = performance.now() + limits.guardRestMs;',
      'rests between two looks',
    ],
  ]),
  ...guardsOf('deadline', 'guardian/sweep.ts', 'guardian/sweep.test.ts', [
    [
      `rooms that seem in order are looked into, ${limits.guardLooks} at a time`,
      'rest.slice(0, limits.guardLooks)',
      'rooms that seem in order are looked into in turn',
      'rest.slice(0, 0)',
    ],
    [
      `of all rooms ${limits.guardLooksAtOnce} are looked into at the same time`,
      'Array.from({ length: limits.guardLooksAtOnce }, lookOn)',
      'looks into a few rooms at a time',
      'Array.from({ length: left.length }, lookOn)',
    ],
  ]),
  ...guardsOf('deadline', 'guardian/rescue.ts', 'guardian/sweep.test.ts', [
    [
      'a guardian waits whether another has undertaken the same',
      'await delay(limits.rescueClaimMs);',
      'of ten guardians one sends an AI',
    ],
    [
      'a call that has changed since it was looked into is left alone',
      'if (!isDeepStrictEqual(now, mark) && !isBlank(now)) return;',
      'leaves a call alone that another AI has taken',
    ],
  ]),
  ...guardsOf('deadline', 'guardian/webhooks.ts', 'guardian/webhooks.test.ts', [
    [
      `a webhook of LiveKit, ${seconds(limits.webhookAgeMs)}`,
      'const oldestMs = nowMs - limits.webhookAgeMs;',
      'what is too old',
      'const oldestMs = 0;',
    ],
    ['a webhook counts once', '|| this.#seen.has(event.id)', 'what was seen before'],
    [
      'who connects to the port for webhooks and says nothing',
      'createServer(restraint, (request, response) => {',
      'who connects and says nothing',
      'createServer((request, response) => {',
    ],
    [
      'at most 50 connections to that port',
      'this.#http.maxConnections = maxConnections;',
      'more connections than LiveKit can need',
    ],
  ]),
  ...guardsOf('deadline', 'relief.ts', 'relief.test.ts', [
    [
      `a job whose worker has died watches two who talk for ${seconds(limits.orphanMs)} more`,
      'await new Promise((resolve) => setTimeout(resolve, limits.orphanMs));',
      'two who talk are watched for as long as there is time',
    ],
    [
      `another AI, for a caller whose worker has died, ${seconds(limits.reliefMs)}`,
      'await within(limits.reliefMs, come);',
      'a caller to whom no other AI comes in time is told so',
      'await come;',
    ],
  ]),
  ...guardsOf('deadline', 'watch-legs.ts', 'watch-legs.test.ts', [
    [
      `our connection to a room, until it is there again, ${seconds(limits.reconnectMs)}`,
      'limit = setTimeout(onLost, limits.reconnectMs);',
      'a connection that does not come back is given up',
    ],
    [
      `who is not back in the room after we are, ${seconds(limits.reconnectMs)}`,
      'later = setTimeout(() => tell([...room.remoteParticipants.keys()]), limits.reconnectMs);',
      'who is not back when we have been back for long has left',
    ],
    [
      `our connection to a room, when it dies without a word, ${seconds(2 * limits.ownLookMs)}`,
      '}, limits.ownLookMs);',
      'is noticed when the server has not had us in the room twice',
      '}, 1e9);',
    ],
    [
      'the same, unless it was missing once only',
      'if (missed === 2 && !isOver) onLost();',
      'is noticed when the server has not had us in the room twice',
      'if (!isOver) onLost();',
    ],
  ]),
  ...guardsOf('deadline', 'wind-up.ts', 'wind-up.test.ts', [
    [
      `calls that are told to end at the end of a drain, ${seconds(limits.windUpMs)}`,
      'drainS * 1_000 + limits.windUpMs',
      'the SDK waits until they have had time to end',
      'drainS * 1_000',
    ],
  ]),
  ...guardsOf('deadline', 'caller-side.ts', 'caller-side.test.ts', [
    [
      `last words to a caller, ${seconds(limits.goodbyeMs)}`,
      'await within(limits.goodbyeMs, speech.waitForPlayout());',
      'are given up on at their limit',
      'await speech.waitForPlayout();',
    ],
  ]),
];
