/** When nothing counts as left: not at one moment, but for a while. */
import { expect, test } from 'vitest';
import { untilQuiet } from './left.ts';

const limits = { quietMs: 50, limitMs: 500, everyMs: 5 };
/** What each look finds; the last for ever. */
function looks(...found: number[]) {
  let last = 0;
  const look = () => Promise.resolve({ rooms: 0, legs: (last = found.shift() ?? last) });
  return { look, rest: () => found.length };
}

test('what is gone for long enough is gone', async () => {
  const { look, rest } = looks(2, 1, 0);
  expect(await untilQuiet(look, limits)).toEqual({ left: { rooms: 0, legs: 0 }, isQuiet: true });
  expect(rest()).toBe(0);
});

test('what comes back was not gone', async () => {
  const { look, rest } = looks(1, 0, 0, 1, 0);
  const sinceMs = performance.now();
  expect((await untilQuiet(look, limits)).isQuiet).toBe(true);
  expect(rest()).toBe(0);
  expect(performance.now() - sinceMs).toBeGreaterThan(limits.quietMs);
});

test('what stays, or cannot be counted, or is not gone for long enough in time, is left', async () => {
  const stays = await untilQuiet(looks(1).look, limits);
  expect(stays).toEqual({ left: { rooms: 0, legs: 1 }, isQuiet: false });
  expect((await untilQuiet(looks(Infinity).look, limits)).isQuiet).toBe(false);
  expect((await untilQuiet(looks(0).look, { ...limits, quietMs: 1_000 })).isQuiet).toBe(false);
});
