/** A worker that grows is told from one that does not. */
import { expect, test } from 'vitest';
import { compared } from './footprint.ts';

const run = (of: (i: number) => { rssMb: number; files: number }) =>
  compared(Array.from({ length: 100 }, (_, i) => of(i)));

test('what is loaded in the beginning is not growth, nor is noise', () => {
  const { isFlat, figure } = run((i) => ({
    rssMb: i < 15 ? 50 : 100 + (i % 7),
    files: 40 + (i % 3),
  }));
  expect(isFlat).toBe(true);
  expect(figure).toMatch(/^10\d MB and 41 open files at first, 10\d MB and 41 at the end$/);
});

test('memory that grows is found', () => {
  expect(run((i) => ({ rssMb: 100 + i, files: 40 })).isFlat).toBe(false);
});

test('files that stay open are found', () => {
  expect(run((i) => ({ rssMb: 100, files: 40 + Math.floor(i / 5) })).isFlat).toBe(false);
});
