/** The table of a soak's figures. */
import { expect, test } from 'vitest';
import { type Measured, figuresOf, table } from './numbers.ts';

test('each figure has its count, its middle, its 95th of 100, its highest and its aim', () => {
  const valuesMs = Array.from({ length: 100 }, (_, i) => 100 - i);
  const [head, full, none] = table([
    { what: 'a', aimMs: 150, valuesMs },
    { what: 'b', aimMs: 500, valuesMs: [] },
  ]);
  const cells = (line: string | undefined) => line?.trim().split(/\s{2,}/);
  expect(cells(head)).toEqual(['ms', 'n', 'p50', 'p95', 'max', 'aim']);
  expect(cells(full)).toEqual(['a', '100', '50', '95', '100', '150']);
  expect(cells(none)).toEqual(['b', '0', '-', '-', '-', '500']);
});

test('only those who talked when the AI was lost count for how long one of two was left', () => {
  const call = (connectedMs: number, lossMs: number) => {
    const phase = { type: 'phaseChanged', to: 'connected', atMs: connectedMs };
    return {
      played: {
        broken: ['job killed'],
        loss: { atMs: lossMs, by: 'job killed', isAlone: true },
        lastLeg: { who: 'human', afterMs: lossMs },
        world: { events: [phase] },
      },
      latencies: {},
      by: 'key',
      backAtMs: lossMs + 5,
    } as unknown as Measured;
  };
  const figures = figuresOf([call(100, 200), call(300, 250)]);
  const valuesOf = (what: string) => figures.find((one) => one.what.startsWith(what))?.valuesMs;
  expect(valuesOf('AI lost while two talk')).toEqual([200]);
  expect(valuesOf('AI lost before the merge')).toEqual([5, 5]);
});
