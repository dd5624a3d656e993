import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Ticker } from './ticker.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('ticks every 20 ms for as long as anybody listens', () => {
  const ticker = new Ticker();
  let [first, second] = [0, 0];
  const stopFirst = ticker.every20ms(() => (first += 1));
  const stopSecond = ticker.every20ms(() => (second += 1));
  vi.advanceTimersByTime(1000);
  expect([first, second]).toEqual([50, 50]);
  stopFirst();
  vi.advanceTimersByTime(100);
  expect([first, second]).toEqual([50, 55]);
  stopSecond();
  expect(vi.getTimerCount()).toBe(0);
});

test('makes up for a short stall at once, and skips what a long one missed', () => {
  const ticker = new Ticker();
  let ticks = 0;
  ticker.every20ms(() => (ticks += 1));
  const started = performance.now();
  const now = vi.spyOn(performance, 'now');
  now.mockReturnValue(started + 105);
  vi.advanceTimersToNextTimer();
  expect(ticks).toBe(5);
  now.mockReturnValue(started + 5005);
  vi.advanceTimersToNextTimer();
  expect(ticks).toBe(15);
  now.mockReturnValue(started + 5021);
  vi.advanceTimersToNextTimer();
  expect(ticks).toBe(16);
});
