/** When the memory and the files of a worker count as growing. */
import { expect, test } from 'vitest';
import { type Life, type Sample, judged } from './footprint.ts';

/** A process that is looked at every two seconds, and has a call every `everyMs`. */
function life(
  count: number,
  sample: (i: number) => Partial<Sample>,
  { name = 'worker', callEvery = 4 } = {},
): Life {
  const samples = Array.from({ length: count }, (_, i) => ({
    atMs: i * 2_000,
    rssMb: 100,
    files: 30,
    calls: Math.floor(i / callEvery),
    ...sample(i),
  }));
  return { name, samples };
}
const isFlat = (...lives: Life[]) => judged(lives, true).isFlat;
const noisy = (i: number) => ({ rssMb: 100 + (i % 7), files: 30 + (i % 3) });

test('a few calls more or less at a time are noise', () =>
  expect(isFlat(life(100, noisy))).toBe(true));

test('what is loaded at first does not count', () => {
  expect(isFlat(life(100, (i) => ({ rssMb: i < 20 ? 10 : 100 })))).toBe(true);
});

test('in a short life growth by a quarter, or eight files, is found', () => {
  expect(isFlat(life(100, (i) => ({ rssMb: 100 + i / 2 })))).toBe(false);
  expect(isFlat(life(100, (i) => ({ files: 30 + i / 4 })))).toBe(false);
  expect(isFlat(life(100, (i) => ({ rssMb: 100 + i / 4 })))).toBe(true);
});

test('in a life with many calls a little for each of them is found', () => {
  const many = { callEvery: 2 };
  const leaking = (mbPerCall: number) =>
    life(400, (i) => ({ rssMb: 100 + (i / 2) * mbPerCall }), many);
  expect(isFlat(leaking(0.15))).toBe(false);
  expect(isFlat(leaking(0.05))).toBe(true);
  const opening = (perCall: number) => life(400, (i) => ({ files: 30 + (i / 2) * perCall }), many);
  expect(isFlat(opening(0.1))).toBe(false);
  expect(isFlat(opening(0.02))).toBe(true);
});

test('the process that lived longest is judged, and how long is said', () => {
  const short = life(20, (i) => ({ rssMb: 100 + 10 * i }), { name: 'second worker' });
  const { isFlat: isGood, figure } = judged([short, life(50, noisy)], true);
  expect(isGood).toBe(true);
  expect(figure).toContain('a worker that lived 98 s and had 12 calls');
});

test('where nothing could be measured nothing is called flat', () => {
  for (const lives of [[], [life(4, noisy)]]) {
    expect(judged(lives, true).isFlat).toBe(false);
    const { isFlat: isGood, figure } = judged(lives, false);
    expect([isGood, figure]).toEqual([
      true,
      `not known from ${lives[0]?.samples.length ?? 0} samples`,
    ]);
  }
});
