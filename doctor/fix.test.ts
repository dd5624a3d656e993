import { ServerError } from 'livekit-server-sdk';
import { expect, test } from 'vitest';
import { limits } from '../agent/limits.ts';
import { endOrphans, secondLookMs } from './fix.ts';
import type { Orphan } from './orphans.ts';
import type { Rooms, Unknown } from './seen.ts';

const orphan = (changes: Partial<Orphan> = {}): Orphan => ({
  room: 'call-1',
  createdAtMs: 1_000,
  metadata: '{"losses":0}',
  kind: 'call',
  people: 1,
  mayEnd: true,
  ...changes,
});
const rooms = (...orphans: Orphan[]): Rooms => ({ orphans, unseen: 0 });

/** What becomes of two looks; `refuses` are rooms that cannot be ended. */
async function fix(first: Rooms | Unknown, second: Rooms | Unknown, refuses: string[] = []) {
  const [asked, said, looks]: [string[], string[], number[]] = [[], [], []];
  const startedMs = performance.now();
  const fixed = await endOrphans({
    rooms: first,
    waitMs: 50,
    lookAgain: async () => {
      looks.push(performance.now() - startedMs);
      return second;
    },
    end: async (room) => {
      asked.push(room);
      if (refuses.includes(room)) throw new ServerError('', 'no', 503, 'unavailable');
    },
    say: (line) => said.push(line),
  });
  return { ...fixed, asked, said, looks };
}

test('the second look comes later than a guardian needs to send another AI', () => {
  expect(secondLookMs).toBeGreaterThanOrEqual(12_000);
  expect(secondLookMs).toBeGreaterThan(
    limits.aiLostMs + limits.rescueClaimMs + limits.rescueMs - 1,
  );
});

test('a room that is as it was is ended, after a wait that is said', async () => {
  const done = await fix(rooms(orphan()), rooms(orphan()));
  expect(done).toMatchObject({ ended: ['call-1'], failed: [], rooms: rooms() });
  expect(done.said).toEqual([expect.stringContaining('Waiting 0.05 s')]);
  expect(done.looks[0]).toBeGreaterThan(45);
});

test.each<[string, Orphan]>([
  ['that a guardian has undertaken to rescue', orphan({ metadata: '{"losses":1,"rescuer":"g"}' })],
  ['that another call has now', orphan({ createdAtMs: 60_000 })],
])('a room %s is left alone, and said to be seen to', async (_, now) => {
  const done = await fix(rooms(orphan()), rooms(now));
  expect(done.asked).toEqual([]);
  expect(done.rooms).toEqual(rooms({ ...now, isSeenTo: true }));
});

test('a room that has its AI again, or is gone, is not mentioned', async () => {
  const done = await fix(rooms(orphan()), rooms());
  expect(done).toMatchObject({ asked: [], ended: [], failed: [], rooms: rooms() });
});

test('a room that nobody saw before is left for the next time', async () => {
  expect((await fix(rooms(orphan()), rooms(orphan(), orphan({ room: 'call-2' })))).asked).toEqual([
    'call-1',
  ]);
});

test.each<[string, Orphan, Orphan]>([
  ['talk', orphan({ people: 2, mayEnd: false }), orphan({ people: 2, mayEnd: false })],
  ['talk now', orphan(), orphan({ people: 2, mayEnd: false })],
  ['talked before', orphan({ people: 2, mayEnd: false }), orphan()],
])('two who %s are left alone', async (_, before, now) => {
  expect((await fix(rooms(before, orphan({ room: 'call-9' })), rooms(now))).asked).toEqual([]);
});

test('nobody waits where nothing can be ended', async () => {
  for (const first of [rooms(), rooms(orphan({ people: 2, mayEnd: false })), { unknown: 'no' }]) {
    const done = await fix(first, rooms(orphan()));
    expect(done).toMatchObject({ rooms: first, said: [], looks: [], asked: [] });
  }
});

test('without a second look nothing is ended', async () => {
  const done = await fix(rooms(orphan()), { unknown: 'status 503' });
  expect(done).toMatchObject({ asked: [], ended: [], rooms: { unknown: 'status 503' } });
});

test('a room that cannot be ended is told, and keeps no other', async () => {
  const both = rooms(orphan(), orphan({ room: 'call-2' }));
  const done = await fix(both, both, ['call-1']);
  expect(done.ended).toEqual(['call-2']);
  expect(done.failed).toEqual(['call-1 could not be ended (status 503: no)']);
});
