/** Each fault that a soak is there to find is found, and a call in which something broke is not held to its plan. */
import { describe, expect, test } from 'vitest';
import type { CallEvent } from '../../agent/call-events.ts';
import type { LegRecord } from '../checks/world.ts';
import { type Played, faultsOf, unconfirmed, wasHelped, wrongIn } from './judge.ts';
import { realWords, wordsIn } from '../network/words-file.ts';

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
  broken: [],
  wasAnswered: true,
  wasEarly: false,
  lastLeg: { who: 'human', afterMs: 100 },
  world: {
    words: await wordsIn(realWords),
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

const redisKilled: Pick<Played, 'broken'> = { broken: ['redis killed'] };

test('a call as planned has no faults', () => expect(faultsOf(good)).toEqual([]));

test('a caller who hangs up early may abandon the transfer', () => {
  // The hold is too short for the tune to be heard.
  const justStarted = { ...started, atMs: 5_000 };
  const events = [on({ type: 'callAnswered' }), justStarted, abandoned, userClosed, ended];
  const played = deaf(withEvents(events));
  expect(faultsOf({ ...played, wasEarly: true, plan: { ...good.plan, early } })).toEqual([]);
  expect(faultsOf({ ...played, plan: { ...good.plan, early } })).not.toEqual([]);
  expect(faultsOf(played)).not.toEqual([]);
});

test.each<[string, Played, RegExp, boolean]>([
  [
    'somebody was left',
    { ...good, stranded: 'the human was still on the line' },
    /still on the line/,
    true,
  ],
  [
    'the other leg was ended late',
    { ...good, lastLeg: { who: 'human', afterMs: 3_100 } },
    /3100 ms/,
    true,
  ],
  ['the story stopped', { ...good, stopped: 'Did not hear it.' }, /Did not hear it/, true],
  ['nobody answered', { ...good, wasAnswered: false }, /nobody answered/, true],
  ['the transfer has no outcome', without('transferEnded'), /0 outcomes/, true],
  [
    'the transfer has two outcomes',
    withEvents([...good.world.events, connected]),
    /2 outcomes/,
    false,
  ],
  ['the call has no end', without('callEnded'), /0 ends/, true],
  ['the call has two ends', withEvents([...good.world.events, ended]), /2 ends/, false],
  ['the two did not hear each other', deaf(good), /heard each other/, true],
  [
    'somebody heard another call',
    { ...good, world: { ...good.world, human: leg(2, 5) } },
    /no strangers: 5/,
    false,
  ],
  ['the session was not closed', without('sessionClosed'), /session closed/, true],
])('found: %s', (_, played, wanted, isOfTime) => {
  expect(faultsOf(played).join('\n')).toMatch(wanted);
  expect(wrongIn(played).every(({ ofTime }) => ofTime)).toBe(isOfTime);
});

test.each([
  ['that is heard as soon as they are put together is no leak', 0, 0],
  ['that is heard for a moment before is a torn line', 9, 0],
  ['that is heard for longer before is one', 10, 1],
])('a pilot %s', (_, count, faults) => {
  const heard = (atMs: number, pilots: number[]) => ({ ...frame, atMs, pilots });
  const early = Array.from({ length: count }, (__, i) => heard(3_000 + 20 * i, [2]));
  const caller = leg(1, 2);
  const frames = [...early, heard(3_900, []), ...caller.frames];
  const played = { ...good, world: { ...good.world, caller: { ...caller, frames } } };
  expect(faultsOf(played)).toHaveLength(faults);
});

test('when something broke, how it ended is free; that it ended, for both, and is on record, is not', () => {
  const cancelled = on({ type: 'transferEnded', attempt, outcome: 'cancelled', blame: 'us' });
  const lost = on({ type: 'callEnded', cause: 'jobLost' });
  const broken = { ...deaf(withEvents([started, cancelled, lost])), ...redisKilled, stopped: 'so' };
  expect(faultsOf(broken)).toEqual([]);
  expect(faultsOf({ ...broken, stranded: 'the caller was still there' })).toHaveLength(1);
  const late = { who: 'caller', afterMs: 30_000 } as const;
  expect(faultsOf({ ...broken, lastLeg: late })).toEqual([]);
  expect(faultsOf({ ...deaf(withEvents([started, lost])), ...redisKilled })).toHaveLength(1);
});

test('a human whom livekit-sip left on the line is not held against the call, if they give up in time', () => {
  const events = [on({ type: 'callAnswered' }), started, abandoned, userClosed, ended];
  const human = {
    ...leg(2, 2),
    frames: [],
    ended: { atMs: 37_000, by: 'us', how: 'BYE' } as const,
  };
  const { world } = deaf(withEvents(events));
  const plan = { ...good.plan, human: 'has voicemail', early } as const;
  const { lastLeg: _, ...rest } = good;
  const played: Played = { ...rest, plan, wasEarly: true, world: { ...world, human } };
  expect(faultsOf({ ...played, broken: [unconfirmed] })).toEqual([]);
  const stranded = 'the human was still on the line';
  expect(faultsOf({ ...played, broken: [unconfirmed], stranded })).toEqual([stranded]);
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
  expect(faultsOf({ ...deaf(withEvents(events)), ...redisKilled })).toEqual([]);
  expect(faultsOf({ ...deaf(withEvents(events.slice(0, 3))), ...redisKilled })).toHaveLength(1);
});

describe('how long one may be left after the other has hung up', () => {
  const left = (afterMs: number, more: Partial<Played> = {}) =>
    faultsOf({ ...good, ...more, lastLeg: { who: 'human', afterMs } }).filter((one) =>
      one.includes('was hung up on'),
    ).length;
  const unmerged = deaf(withEvents([on({ type: 'callAnswered' }), started, abandoned, ended]));

  test('two who talked: what only the job can do', () => {
    expect([left(2_900), left(3_100)]).toEqual([0, 1]);
  });
  test('before the merge the human is told so first', () => {
    expect([left(9_900, unmerged), left(10_100, unmerged)]).toEqual([0, 1]);
  });
  test.each<[Played['broken'], number]>([
    [['job killed'], 10_000],
    [['worker killed', 'job killed'], 10_000],
    [['worker killed', 'redis killed'], 60_000],
    [['worker told to stop'], 60_000],
  ])('after %s', (broken, limitMs) => {
    expect([left(limitMs - 1, { broken }), left(limitMs + 1, { broken })]).toEqual([0, 1]);
  });
});

describe('also when something was broken', () => {
  const found = (world: Partial<Played['world']>) =>
    faultsOf({ ...good, ...redisKilled, world: { ...good.world, ...world } }).join('\n');
  const events = good.world.events;

  test('nothing of it is a fault as such', () => expect(found({})).toBe(''));
  test('nothing unexpected happens', () => {
    const odd = on({ type: 'unexpectedEvent', attempt, phase: 'connected', event: 'merged' });
    expect(found({ events: [...events, odd] })).toMatch(/nothing unexpected/);
  });
  test('no leg is closed twice, whoever was rung', () => {
    const twice = { ...leg(2, 1), endings: 2 };
    expect(found({ human: twice })).toMatch(/at most once: 1, 2/);
    expect(found({ earlier: [{ ...twice, frames: [] }] })).toMatch(/at most once: 1, 2, 1/);
    expect(found({ human: { ...leg(2, 1), endings: 0 } })).toBe('');
  });
  test('no AI closes its session twice, but each its own', () => {
    expect(found({ events: [...events, closed] })).toMatch(/session closed at most once/);
    const other = 'AJ_2';
    const resumed = { type: 'callResumed', of: callId, losses: 1 } as const;
    const next = [resumed, { type: 'sessionClosed', reason: 'x' } as const];
    const more = next.map((event) => ({ ...on(event), callId: other }));
    const end = { ...ended, callId: other };
    expect(found({ events: [...events.filter((e) => e !== ended), ...more, end] })).toBe('');
  });
  test('a human who was rung before hears no hold audio, no stranger, and the caller only when they are connected', () => {
    const early = { ...leg(2, 1), invitedAtMs: 100 };
    const music = early.frames.map((frame) => ({ ...frame, pilots: [], music: true }));
    expect(found({ earlier: [{ ...early, frames: music }] })).toMatch(/no hold audio/);
    const stranger = early.frames.map((frame) => ({ ...frame, pilots: [5] }));
    expect(found({ earlier: [{ ...early, frames: stranger }] })).toMatch(/no strangers: 5/);
    const tooEarly = early.frames.map((frame) => ({ ...frame, atMs: frame.atMs - 3_000 }));
    expect(found({ earlier: [{ ...early, frames: tooEarly }] })).toMatch(/consultation private/);
    expect(found({ earlier: [early] })).toBe('');
  });
});

describe('a caller whose AI was killed before they were connected', () => {
  const lossMs = 3_000;
  const cancelled = on({ type: 'transferEnded', attempt, outcome: 'cancelled', blame: 'us' });
  const events = [on({ type: 'callAnswered' }), started, cancelled, ended];
  const loss = { atMs: lossMs, by: 'job killed', isAlone: true } as const;
  const after = (ms: number, by: 'us' | 'them' = 'us') => ({
    ...deaf(withEvents(events)).world,
    caller: { ...leg(1, 2), frames: [], ended: { atMs: lossMs + ms, by, how: 'BYE' as const } },
  });
  const lost = (more: Partial<Played>): Played => ({
    ...deaf(withEvents(events)),
    broken: ['job killed'],
    loss,
    world: after(12_000),
    ...more,
  });
  const heard = (ms: number) => ({ loss: { ...loss, helpedAtMs: lossMs + ms } });

  test.each<[string, boolean | undefined, Partial<Played>]>([
    ['hears somebody in time', true, heard(9_900)],
    ['hears somebody too late', false, heard(10_100)],
    ['hears nobody', false, {}],
    ['is hung up on in time', true, { world: after(9_900, 'them') }],
    ['is hung up on too late', false, { world: after(10_100, 'them') }],
    ['does not wait', undefined, { world: after(5_000) }],
    ['had hung up', undefined, { world: after(-1) }],
    ['has another fault to bear', undefined, { broken: ['job killed', 'API slow'] }],
    ['is one of two at the same time', undefined, { loss: { ...loss, isAlone: false } }],
    [
      'was connected',
      undefined,
      { world: { ...good.world, ...after(12_000), events: [{ ...merged, atMs: lossMs - 1 }] } },
    ],
  ])('%s: %s', (_, wanted, more) => {
    expect(wasHelped(lost(more))).toBe(wanted);
    const isFound = faultsOf(lost(more)).some((one) => one.includes('was not helped'));
    expect(isFound).toBe(wanted === false);
  });
});
