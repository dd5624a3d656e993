/** Each fault that a soak is there to find is found, and a call in which something broke is not held to its plan. */
import { expect, test } from 'vitest';
import type { CallEvent } from '../../agent/call-events.ts';
import type { LegRecord } from '../checks/world.ts';
import { type Played, faultsOf } from './judge.ts';

const frame = { levelDb: -20, pilots: [], music: false };
const leg = (pilot: number, heard: number): LegRecord => ({
  pilot,
  frames: Array.from({ length: 20 }, (_, i) => ({
    ...frame,
    atMs: 5_000 + 20 * i,
    pilots: [heard],
  })),
  said: [],
  pressed: [],
  answeredAtMs: 1_000,
  endings: 1,
  ended: { atMs: 6_000, by: 'them', how: 'BYE' },
});
const [attempt, callId] = ['AJ_1-1', 'AJ_1'];
const on = (event: CallEvent, atMs = 4_000) => ({ callId, atMs, ...event });
const started = on({ type: 'transferStarted', attempt, destination: 'desk_1' }, 2_000);
const merging = on({
  type: 'phaseChanged',
  attempt,
  from: 'accepted',
  to: 'merging',
  on: 'lineCleared',
});
const merged = on({
  type: 'phaseChanged',
  attempt,
  from: 'merging',
  to: 'connected',
  on: 'merged',
});
const ended = on({ type: 'callEnded', cause: 'callerLeft' }, 6_000);
const connected = on({
  type: 'transferEnded',
  attempt,
  outcome: 'connected',
  blame: 'nobody',
  by: 'key',
});
const closed = on({ type: 'sessionClosed', reason: 'transfer_completed' });

/** Two were connected and talked, and the caller hung up. */
const good: Played = {
  plan: { call: 1, human: 'accepts by key', last: 'caller' },
  isFaulty: false,
  wasAnswered: true,
  wasEarly: false,
  lastLeg: { who: 'human', afterMs: 100 },
  world: {
    caller: leg(1, 2),
    human: leg(2, 1),
    events: [on({ type: 'callAnswered' }), started, merging, merged, connected, closed, ended],
    spoken: [],
    heardByAi: [],
    messages: { requests: [], waiting: [] },
    roomsLeft: [],
    jobsLeft: 0,
    workerLines: [],
    phoneNumbers: [],
  },
};
const withEvents = (events: Played['world']['events']): Played => ({
  ...good,
  world: { ...good.world, events },
});
const without = (type: string) =>
  withEvents(good.world.events.filter((event) => event.type !== type));
const early = { who: 'caller', at: 'ringing', afterMs: 0 } as const;
const abandoned = on({ type: 'transferEnded', attempt, outcome: 'abandoned', blame: 'caller' });
const userClosed = on({ type: 'sessionClosed', reason: 'user_initiated' });
const deaf = (played: Played): Played => ({
  ...played,
  world: {
    ...played.world,
    caller: { ...leg(1, 2), frames: [] },
    human: { ...leg(2, 1), frames: [] },
  },
});

test('a call as planned has no faults', () => expect(faultsOf(good)).toEqual([]));

test('a caller who hangs up early may abandon the transfer', () => {
  const events = [on({ type: 'callAnswered' }), started, abandoned, userClosed, ended];
  const played = deaf(withEvents(events));
  expect(faultsOf({ ...played, wasEarly: true, plan: { ...good.plan, early } })).toEqual([]);
  expect(faultsOf({ ...played, plan: { ...good.plan, early } })).not.toEqual([]);
  expect(faultsOf(played)).not.toEqual([]);
});

test.each<[string, Played, RegExp]>([
  [
    'somebody was left',
    { ...good, stranded: 'the human was still on the line' },
    /still on the line/,
  ],
  [
    'the other leg was ended late',
    { ...good, lastLeg: { who: 'human', afterMs: 10_500 } },
    /10500 ms/,
  ],
  ['the story stopped', { ...good, stopped: 'Did not hear it.' }, /Did not hear it/],
  ['nobody answered', { ...good, wasAnswered: false }, /nobody answered/],
  ['the transfer has no outcome', without('transferEnded'), /0 outcomes/],
  ['the transfer has two outcomes', withEvents([...good.world.events, connected]), /2 outcomes/],
  ['the call has no end', without('callEnded'), /0 ends/],
  ['the call has two ends', withEvents([...good.world.events, ended]), /2 ends/],
  ['the two did not hear each other', deaf(good), /heard each other/],
  [
    'somebody heard another call',
    { ...good, world: { ...good.world, human: leg(2, 5) } },
    /no strangers: 5/,
  ],
  ['the session was not closed', without('sessionClosed'), /session closed/],
])('found: %s', (_, played, wanted) => {
  expect(faultsOf(played).join('\n')).toMatch(wanted);
});

test('when something broke, how it ended is free; that it ended, for both, and is on record, is not', () => {
  const cancelled = on({ type: 'transferEnded', attempt, outcome: 'cancelled', blame: 'us' });
  const lost = on({ type: 'callEnded', cause: 'jobLost' });
  const broken = { ...deaf(withEvents([started, cancelled, lost])), isFaulty: true, stopped: 'so' };
  expect(faultsOf(broken)).toEqual([]);
  expect(faultsOf({ ...broken, stranded: 'the caller was still there' })).toHaveLength(1);
  const late = { who: 'caller', afterMs: 30_000 } as const;
  expect(faultsOf({ ...broken, lastLeg: late })).toEqual([]);
  expect(faultsOf({ ...deaf(withEvents([started, lost])), isFaulty: true })).toHaveLength(1);
});

test('a call that another AI went on with has one end, the last', () => {
  const next = 'AJ_2';
  const resumed = {
    callId: next,
    atMs: 5_000,
    type: 'callResumed',
    of: callId,
    losses: 1,
  } as const;
  const end = { ...ended, callId: next };
  const events = [started, abandoned, resumed, end];
  expect(faultsOf({ ...deaf(withEvents(events)), isFaulty: true })).toEqual([]);
  expect(faultsOf({ ...deaf(withEvents(events.slice(0, 3))), isFaulty: true })).toHaveLength(1);
});
