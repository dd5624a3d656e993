/** A worker sees that it is short of processor, with real processes that are. Only Linux tells of others than itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { initializeLogger, log } from '@livekit/agents';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type * as Limits from '../limits.ts';
import { ProcessorUse } from './processor.ts';
import { ProcessorWatch } from './watch.ts';

// Looks come fast, and a shortage ends with the next one.
vi.mock('../limits.ts', async (original) => {
  const real = await original<typeof Limits>();
  const fast = { processorLookMs: 100, enoughPercent: 0 };
  return { ...real, limits: { ...real.limits, ...fast } };
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
  test('whose processes get a fifth of what they want is short, and says when it begins and ends', async () => {
    const watch = new ProcessorWatch();
    watch.start();
    sixOnOne();
    await vi.waitFor(() => expect(said.join()).toContain('short of processor'), 10_000);
    await vi.waitFor(() => expect(said.join()).toContain('has enough processor again'), 10_000);
  });

  test('says since when', async () => {
    const watch = new ProcessorWatch();
    const fromMs = Date.now();
    watch.start();
    sixOnOne();
    await vi.waitFor(() => expect(watch.now.isShort).toBe(true), { timeout: 10_000, interval: 5 });
    expect(watch.now.sinceMs).toBeGreaterThanOrEqual(fromMs);
    expect(watch.now.gotPercent).toBeLessThan(40);
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
