import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { elapsed, withProgress } from './progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('says that a step goes on every 15 s, and how long it took', async () => {
  const lines: string[] = [];
  const step = withProgress(
    { say: (line) => lines.push(line), label: 'building' },
    () => new Promise<string>((resolve) => setTimeout(resolve, 40_000, 'built')),
  );
  await vi.advanceTimersByTimeAsync(40_000);
  expect(await step).toBe('built');
  expect(lines).toEqual([
    'building …',
    'building … 15 s',
    'building … 30 s',
    'building: done in 40 s',
  ]);
});

test('stops saying so when the step fails', async () => {
  const lines: string[] = [];
  const step = withProgress({ say: (line) => lines.push(line), label: 'building' }, () =>
    Promise.reject(new Error('no')),
  );
  await expect(step).rejects.toThrow('no');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines).toEqual(['building …']);
});

test.each([
  [400, '0 s'],
  [59_400, '59 s'],
  [59_600, '1 min 0 s'],
  [125_000, '2 min 5 s'],
])('%i ms is %s', (ms, text) => {
  expect(elapsed(ms)).toBe(text);
});
