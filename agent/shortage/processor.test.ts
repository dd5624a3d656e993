/** What processes used and waited for, with real ones. Only Linux tells. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { ProcessorUse, workFor } from './processor.ts';

const started: ChildProcess[] = [];
afterEach(() => started.splice(0).forEach((child) => child.kill('SIGKILL')));

/** A process that says when it runs, and then works for ever, on one processor when that is asked for. */
async function busy(on?: number): Promise<number> {
  const pin = on === undefined ? [] : ['taskset', '-c', String(on)];
  const [command, ...args] = [...pin, process.execPath, '-e', 'console.log(1); for (;;);'];
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  await once(child.stdout!, 'data');
  return child.pid!;
}

const forMs = 400;
const pass = () => new Promise((resolve) => setTimeout(resolve, forMs));

describe.runIf(process.platform === 'linux')('Linux tells', () => {
  test('how long a process ran since the last look, and nothing of before', async () => {
    const pid = await busy();
    const use = new ProcessorUse();
    use.since([pid]);
    await pass();
    const { ranMs, waitedMs } = use.since([pid])!;
    // All the time it either ran or waited.
    expect(ranMs + waitedMs).toBeGreaterThan(forMs / 2);
    expect(ranMs + waitedMs).toBeLessThan(forMs * 3);
  });

  test('how long two of them waited that share a processor', async () => {
    const pids = [await busy(0), await busy(0)];
    const use = new ProcessorUse();
    use.since(pids);
    await pass();
    const { ranMs, waitedMs } = use.since(pids)!;
    expect(waitedMs / (ranMs + waitedMs)).toBeGreaterThan(0.4);
  });

  test('nothing of a process that is gone', () => {
    expect(new ProcessorUse().since([2 ** 22 + 1])).toBeUndefined();
  });
});

test('some work takes its time, or longer', () => {
  const { ranMs, waitedMs } = workFor(5);
  expect(ranMs).toBeGreaterThanOrEqual(5);
  expect(waitedMs).toBeGreaterThanOrEqual(0);
});
