/** When a guardian looks: at once, again and again, and sooner when it is asked to or trouble is due. */
import { initializeLogger } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { limits } from '../limits.ts';
import { Guardian } from './guardian.ts';

const sweeps = vi.hoisted(() => ({
  atMs: [] as number[],
  takesMs: 0,
  dueMs: Infinity,
  fails: false,
}));
vi.mock('./sweep.ts', () => ({
  Sweep: class {
    async run() {
      sweeps.atMs.push(Date.now());
      if (sweeps.takesMs) await new Promise((resolve) => setTimeout(resolve, sweeps.takesMs));
      if (sweeps.fails) throw new Error('no answer');
      return sweeps.dueMs;
    }
  },
}));

let guardian: Guardian;
beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  Object.assign(sweeps, { atMs: [], takesMs: 0, dueMs: Infinity, fails: false });
  const server = { url: 'ws://127.0.0.1:9', apiKey: 'key', apiSecret: 'secret' };
  guardian = new Guardian({ server, agentName: 'support-agent', callsFolder: '/nowhere' });
});
afterEach(async () => {
  const stopped = guardian.stop();
  await vi.runAllTimersAsync();
  await stopped;
  vi.useRealTimers();
});

test('looks at once, and again and again', async () => {
  guardian.start();
  await vi.advanceTimersByTimeAsync(10 * limits.guardMs);
  expect(sweeps.atMs[0]).toBe(0);
  expect(sweeps.atMs.length).toBeGreaterThanOrEqual(8);
  expect(sweeps.atMs.length).toBeLessThanOrEqual(14);
});

test('looks again although the server did not answer', async () => {
  sweeps.fails = true;
  guardian.start();
  await vi.advanceTimersByTimeAsync(4 * limits.guardMs);
  expect(sweeps.atMs.length).toBeGreaterThan(2);
});

test('looks when trouble is due, and not only at its usual time', async () => {
  sweeps.dueMs = 100;
  guardian.start();
  await vi.advanceTimersByTimeAsync(100);
  expect(sweeps.atMs).toEqual([0, 100]);
});

test('looks at once when it is asked to', async () => {
  guardian.start();
  await vi.advanceTimersByTimeAsync(500);
  guardian.hasten();
  await vi.advanceTimersByTimeAsync(0);
  expect(sweeps.atMs).toEqual([0, 500]);
});

test('looks once more when it is asked to, however often, while it looks', async () => {
  sweeps.takesMs = 300;
  guardian.start();
  await vi.advanceTimersByTimeAsync(100);
  for (let i = 0; i < 5; i++) guardian.hasten();
  await vi.advanceTimersByTimeAsync(200 + limits.guardRestMs);
  expect(sweeps.atMs).toEqual([0, 300 + limits.guardRestMs]);
});

test('rests between two looks, however often it is asked to look', async () => {
  guardian.start();
  for (let ms = 0; ms <= 1_000; ms += 10) {
    guardian.hasten();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(sweeps.atMs).toHaveLength(1 + 1_000 / limits.guardRestMs);
});

test('looks no more when it is stopped', async () => {
  guardian.start();
  await vi.advanceTimersByTimeAsync(0);
  await guardian.stop();
  guardian.hasten();
  await vi.advanceTimersByTimeAsync(10 * limits.guardMs);
  expect(sweeps.atMs).toEqual([0]);
});
