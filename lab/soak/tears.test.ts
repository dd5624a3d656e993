/** Which pilots are believed, and how the others are counted. */
import { expect, test } from 'vitest';
import type { LegRecord, World } from '../checks/world.ts';
import { steadyFrames, tearsIn, tearsInWords, withoutTears } from './tears.ts';

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
const believed = (heard: number[][]) =>
  withoutTears(world(heard)).caller.frames.map(({ pilots }) => pilots);

test('a pilot that is heard for a moment is a torn line', () => {
  const heard = of([[], 5], [[2], steadyFrames - 1], [[], 5]);
  expect(believed(heard).flat()).toEqual([]);
});

test('one that is heard for longer is a phone, also beside one that is not', () => {
  const heard = of([[2], 4], [[2, 5], 3], [[2], 3], [[], 1]);
  expect(believed(heard)).toEqual(of([[2], steadyFrames], [[], 1]));
});

test('a sentence of which a human heard a moment was not said to them; one that they heard for longer was', () => {
  const said = (code: number, times: number) =>
    Array.from({ length: times }, (_, i) => ({
      atMs: 20 * i,
      levelDb: -20,
      pilots: [],
      music: false,
      code,
    }));
  const frames = [...said(7, 4), ...said(8, steadyFrames), ...said(9, steadyFrames - 1)];
  const whole = { ...world([]), human: { ...leg(2, []), frames } };
  const codes = withoutTears(whole).human!.frames.map(({ code }) => code);
  expect(new Set(codes)).toEqual(new Set([undefined, 8]));
  expect(codes.filter((code) => code === 8)).toHaveLength(steadyFrames);
});

test('lines that sound like a phone for a moment are counted, by whose it is, and before the merge only', () => {
  const heard = of([[2], 3], [[], 2], [[5], 4], [[7], 3], [[], 1], [[2], 20], [[], 1], [[2], 4]);
  const merging = { type: 'phaseChanged', to: 'merging', atMs: 20 * 12 };
  const merged = { ...world(heard), events: [merging] } as unknown as World;
  expect(tearsIn(merged)).toEqual({ own: [3], others: [4, 3] });
  expect(tearsInWords([merged, merged])).toContain('another call 4 x (4, 3, 4, 3 frames)');
});
