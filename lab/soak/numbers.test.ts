/** The table of a soak's figures. */
import { expect, test } from 'vitest';
import { table } from './numbers.ts';

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
