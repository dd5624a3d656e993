/** Moments in which a line sounds like a phone, and how they are counted. */
import { expect, test } from 'vitest';
import type { LegRecord, World } from '../checks/world.ts';
import { steadied, tearsIn, tearsInWords } from './tears.ts';

const leg = (pilot: number, heard: readonly number[][]): LegRecord => ({
  pilot,
  frames: heard.map((pilots, i) => ({
    atMs: 20 * i,
    levelDb: -20,
    pilots: [...pilots],
    music: true,
  })),
  said: [],
  pressed: [],
  endings: 1,
});
const of = (...lengths: [pilots: number[], times: number][]) =>
  lengths.flatMap(([pilots, times]) => Array.from({ length: times }, () => pilots));
const world = (heard: number[][]) =>
  ({ caller: leg(1, heard), human: leg(2, []), events: [] }) as unknown as World;

test('lines that sound like a phone for a moment are counted, by whose it is, and before the merge only', () => {
  const heard = of([[2], 3], [[], 2], [[5], 4], [[7], 3], [[], 1], [[2], 20], [[], 1], [[2], 4]);
  const merging = { type: 'phaseChanged', to: 'merging', atMs: 20 * 12 };
  const merged = { ...world(heard), events: [merging] } as unknown as World;
  expect(tearsIn(merged)).toEqual({ own: [3], others: [4, 3] });
  expect(tearsInWords([merged, merged])).toContain('another call 4 x (4, 3, 4, 3 frames)');
});

test('what is heard for 200 ms stays, and what is heard for less does not, whoever else is heard', () => {
  const heard = of([[2, 5], 4], [[2], 6], [[], 1], [[2], 9], [[5], 1], [[7, 5], 9], [[], 1]);
  const { caller } = steadied({ ...world(heard), earlier: [leg(3, heard)] });
  expect(caller.frames.map(({ pilots }) => pilots)).toEqual(
    of([[2], 10], [[], 10], [[5], 10], [[], 1]),
  );
  expect(steadied({ ...world([]), earlier: [leg(3, heard)] }).earlier?.[0]?.frames).toEqual(
    caller.frames,
  );
});
