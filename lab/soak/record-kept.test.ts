/** When the record of all calls is whole. */
import { expect, test } from 'vitest';
import type { CallEvent } from '../../agent/call-events.ts';
import { openCalls, wholeRecord } from './record-kept.ts';

const of = (callId: string, ...events: CallEvent[]) =>
  events.map((event) => ({ callId, atMs: 0, ...event }));
const attempt = 'AJ_1-1';
const started = { type: 'transferStarted', attempt, destination: 'desk' } as const;
const outcome = { type: 'transferEnded', attempt, outcome: 'busy', blame: 'human' } as const;
const end = { type: 'callEnded', cause: 'callerLeft' } as const;
const resumed = { type: 'callResumed', of: 'AJ_1', losses: 1 } as const;
const whole = [...of('AJ_1', started, outcome), ...of('AJ_2', resumed, end)];

test('each transfer has its outcome, and each call its end or another AI', () => {
  const figure = 'outcomes 1 of 1, ends 2 of 2';
  expect(wholeRecord(whole)).toMatchObject({ isGood: true, figure });
});

test.each([
  ['no outcome', whole.filter(({ type }) => type !== 'transferEnded'), 'outcomes 0 of 1', true],
  ['two outcomes', [...whole, ...of('AJ_1', outcome)], 'outcomes 0 of 1', false],
  ['no end', whole.slice(0, 3), 'ends 1 of 2', true],
  ['two ends', [...whole, ...of('AJ_2', end)], 'ends 1 of 2', false],
])('found: %s', (_, events, figure, ofTime) => {
  expect(wholeRecord(events).figure).toContain(figure);
  expect(wholeRecord(events)).toMatchObject({ isGood: false, ofTime });
});

test('a record with nothing in it is not whole', () => expect(wholeRecord([]).isGood).toBe(false));

test('calls that have no end yet are named', () => {
  expect(openCalls(whole)).toEqual([]);
  expect(openCalls(whole.slice(0, 3))).toEqual(['AJ_2']);
});
