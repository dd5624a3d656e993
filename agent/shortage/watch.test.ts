/** A worker sees that it is short of processor, with real processes that are. Only Linux tells of others than itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { initializeLogger, log } from '@livekit/agents';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type * as Limits from '../limits.ts';
import { ProcessorUse } from './processor.ts';
import { ProcessorWatch } from './watch.ts';

// Looks come fast, and a shortage ends when the story says so.
const fast = vi.hoisted(() => ({ processorLookMs: 100, enoughPercent: 101 }));
vi.mock('../limits.ts', async (original) => {
  const real = await original<typeof Limits>();
  return { ...real, limits: Object.assign(fast, { ...real.limits, ...fast }) };
});

const started: ChildProcess[] = [];
const said: string[] = [];
beforeAll(() => {
  initializeLogger({ pretty: false, level: 'silent' });
  vi.spyOn(log(), 'warn').mockImplementation(
    (...told: unknown[]) => void said.push(String(told[1])),
  );
});
afterEach(() => started.splice(0).forEach((child) => child.kill('SIGKILL')));

/** Six of them have a sixth of a processor each. */
function sixOnOne(): void {
  for (let i = 0; i < 6; i++) {
    const loop = ['-c', '0', 'sh', '-c', 'while :; do :; done'];
    started.push(spawn('taskset', loop, { stdio: 'ignore' }));
  }
}

describe.runIf(process.platform === 'linux')('a worker', () => {
  test('whose processes get a fifth of what they want is short, and says since when, and when it ends', async () => {
    const fromMs = Date.now();
    const watch = new ProcessorWatch();
    watch.start();
    sixOnOne();
    await vi.waitFor(() => expect(said.join()).toContain('short of processor'), 10_000);
    expect(watch.now).toMatchObject({ isShort: true });
    expect(watch.now.gotPercent).toBeLessThan(fast.enoughPercent);
    expect(watch.now.sinceMs).toBeGreaterThanOrEqual(fromMs);
    fast.enoughPercent = 0;
    await vi.waitFor(() => expect(said.join()).toContain('has enough processor again'), 10_000);
    expect(watch.now).toMatchObject({ isShort: false, sinceMs: undefined });
  });
});

test('a worker looks at the processes that it starts, as long as they live', async () => {
  const since = vi.spyOn(ProcessorUse.prototype, 'since');
  const looksAt = () => since.mock.lastCall![0];
  new ProcessorWatch().start();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)'], { stdio: 'ignore' });
  started.push(child);
  await vi.waitFor(() => expect(looksAt()).toEqual([process.pid, child.pid]), 10_000);
  child.kill('SIGKILL');
  await vi.waitFor(() => expect(looksAt()).toEqual([process.pid]), 10_000);
});

test('a look at this moment counts nothing that was before', () => {
  const since = vi.spyOn(ProcessorUse.prototype, 'since');
  const watch = new ProcessorWatch();
  since.mockClear();
  watch.lookNow();
  // What was before is taken away by the first.
  expect(since).toHaveBeenCalledTimes(2);
});
