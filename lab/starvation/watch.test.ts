/** Real processes that wait for a processor, and are seen to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nowMs } from '../audio/clock.ts';
import { LabProcess } from '../network/processes.ts';
import { Ticker } from '../phone/ticker.ts';
import { isTold } from './proc.ts';
import { Watch } from './watch.ts';

let folder: string;
const started: LabProcess[] = [];

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'watch-'))));
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
  rmSync(folder, { recursive: true });
});

/** A program of Node, on the first processor alone: two that are busy there have half of it each. */
async function start(name: string, program: string): Promise<void> {
  let isReady = false;
  const process_ = await LabProcess.start({
    name,
    command: 'taskset',
    args: ['-c', '0', process.execPath, '-e', `${program}; console.log('ready')`],
    logFile: join(folder, `${name}.log`),
    onLine: () => (isReady = true),
    isReady: () => Promise.resolve(isReady),
  });
  started.push(process_);
}

const busy = 'setImmediate(function again() { setImmediate(again); })';
const busyInThread = `new (require('node:worker_threads').Worker)("${busy}", { eval: true })`;
const busyInChild = `require('node:child_process').spawn(process.execPath, ['-e', '${busy}'])`;
const idle = 'setInterval(() => undefined, 1_000)';

async function watched(forMs = 3_000) {
  const watch = new Watch();
  await delay(forMs);
  return watch.end()!;
}

describe.runIf(isTold)('what waits for a processor is seen', () => {
  test.each([
    ['in the main thread of a server', 'livekit-server', busy, 'servers'],
    ['in another thread of a server', 'livekit-server', busyInThread, 'servers'],
    ['in a worker', 'second worker', busy, 'worker'],
    ['in what a worker has started', 'worker', busyInChild, 'job'],
  ] as const)(
    '%s',
    async (_, name, program, group) => {
      await start(name, program);
      await start('redis-server', busyInThread);
      const { waited, forMs } = await watched();
      expect(forMs).toBeGreaterThanOrEqual(3_000);
      expect(waited[group].threadShare).toBeGreaterThan(0.25);
      expect(waited[group].threadWorstMs).toBeGreaterThan(250);
      expect(waited[group].ms).toBeGreaterThan(0.25 * forMs);
      expect(waited[group].share).toBeCloseTo(waited[group].ms / forMs, 2);
    },
    60_000,
  );

  test('and what ends meanwhile is not forgotten', async () => {
    await start('livekit-sip', `${busy}; setTimeout(() => process.exit(), 2_000)`);
    await start('worker', busy);
    const { waited } = await watched(4_000);
    expect(waited.servers.ms).toBeGreaterThan(250);
  }, 60_000);

  test('what has nothing to do has not waited', async () => {
    await start('worker', idle);
    const { waited } = await watched(1_000);
    expect(waited.worker.threadShare).toBeLessThan(0.1);
    expect(waited.job.ms).toBe(0);
  }, 60_000);
});

test.runIf(isTold)('packets and loop of this process are late when it stands still', async () => {
  const ticker = new Ticker();
  const stop = ticker.every20ms(() => undefined);
  const watch = new Watch();
  await delay(200);
  const untilMs = nowMs() + 400;
  while (nowMs() < untilMs) {
    // The loop stands still.
  }
  await delay(200);
  stop();
  const { packets, loopMs } = watch.end()!;
  expect(packets.latestMs).toBeGreaterThan(350);
  expect(packets.overMs).toBeGreaterThan(350);
  expect(loopMs).toBeGreaterThan(250);
});
