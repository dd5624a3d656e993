/** When a worker is short of processor, as a table of looks: how long its processes ran and waited, how late its loop was. */
import { describe, expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { type Look, Shortage } from './shortage.ts';

const { shortageLooks: full, shortBelowPercent, enoughPercent, shortLateMs } = limits;
const got = (percent: number, lateMs = 0): Look => ({
  ranMs: percent,
  waitedMs: 100 - percent,
  lateMs,
});
const many = (look: Look, times: number) => Array.from({ length: times }, () => look);

function after(...looks: Look[]) {
  const shortage = new Shortage();
  return looks.map((look) => shortage.take(look)).at(-1)!;
}

describe('is short', () => {
  test.each<[string, Look[]]>([
    ['with too little for long', many(got(shortBelowPercent - 1), full)],
    ['with a loop that is late for long', many(got(100, shortLateMs + 1), full)],
    [
      'until it has enough, and not only a little more',
      [...many(got(10), full), got(enoughPercent - 1)],
    ],
    ['as long as its loop is late', [...many(got(10), full), got(100, shortLateMs + 1)]],
  ])('%s', (_, looks) => {
    expect(after(...looks)).toMatchObject({ isShort: true });
  });
});

describe('is not short', () => {
  test.each<[string, Look[]]>([
    ['with half a core for itself and another', many(got(45), full)],
    ['with as much as a call needs', many(got(shortBelowPercent), full)],
    ['before it has looked often enough', many(got(1), full - 1)],
    [
      'in a burst, until it is longer than the looks that count',
      [got(90), ...many(got(10), full - 1)],
    ],
    ['when its loop was late once', [...many(got(100), full), got(100, 5_000)]],
    ['when it wants nothing', many({ ranMs: 0, waitedMs: 0, lateMs: 0 }, full)],
    ['any more as soon as it has enough', [...many(got(10), full), got(enoughPercent)]],
  ])('%s', (_, looks) => {
    expect(after(...looks)).toMatchObject({ isShort: false });
  });
});

test('says by how much', () => {
  const looks = [got(10, 30), got(30, 20), got(20, 50), got(20, 40)];
  expect(after(...looks)).toEqual({ isShort: true, gotPercent: 30, lateMs: 20 });
});

test('without a shortage says what is now', () => {
  expect(after(got(90), got(80, 3))).toEqual({ isShort: false, gotPercent: 80, lateMs: 3 });
});
