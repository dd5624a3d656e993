/** When the SDK's pool starts processes, with the real pool and real processes. */
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ServerOptions, initializeLogger } from '@livekit/agents';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { limits } from '../limits.ts';
import { type Pool, delayRefill, loading, refillLater } from './idle-processes.ts';
import { importOfSdk } from './sdk-internals.ts';

type RealPool = Pool & {
  start(): void;
  close(): Promise<void>;
  warmedProcQueue: { items: unknown[] };
};
type PoolClass = new (options: object) => RealPool;

let ProcPool: PoolClass;
let pool: RealPool | undefined;
let folder: string;
beforeAll(async () => {
  initializeLogger({ pretty: false, level: 'silent' });
  ({ ProcPool } = (await importOfSdk('ipc/proc_pool.js')) as { ProcPool: PoolClass });
  folder = mkdtempSync(join(tmpdir(), 'idle-processes-'));
  const sdk = pathToFileURL(
    join(import.meta.dirname, '../../node_modules/@livekit/agents/dist/index.js'),
  );
  // A job that does nothing, and lasts.
  writeFileSync(
    join(folder, 'agent.mjs'),
    `import { defineAgent } from '${sdk.href}'; export default defineAgent({ entry: async () => {} });`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

/** On a machine that is busy with other tests. */
const loadMs = 60_000;
vi.setConfig({ testTimeout: 3 * loadMs });

/** A pool whose processes have loaded. */
async function poolOf(Pool: PoolClass, numIdleProcesses = 1): Promise<RealPool> {
  pool = new Pool({
    agent: join(folder, 'agent.mjs'),
    numIdleProcesses,
    initializeTimeout: loadMs,
    closeTimeout: 1_000,
    sessionEndTimeout: 1_000,
    memoryWarnMB: 0,
    memoryLimitMB: 0,
  });
  pool.start();
  await warm(pool, numIdleProcesses);
  return pool;
}

const warm = (of: RealPool, count: number) =>
  vi.waitFor(() => expect(of.warmedProcQueue.items).toHaveLength(count), loadMs);
const call = (id: string) => ({ job: { id, room: { name: id } }, url: '', token: '' });
const spare = ({ executors }: RealPool) => executors.filter(({ runningJob }) => !runningJob).length;
const soon = () => new Promise((resolve) => setTimeout(resolve, 200));

function mended(afterMs: number, isPressed = () => false): PoolClass {
  class Mended extends ProcPool {}
  delayRefill(Mended, { afterMs, isPressed });
  return Mended;
}

test('the SDK starts a process beside a call that has just begun: when it does not any more, this workaround can go', async () => {
  const of = await poolOf(ProcPool);
  await of.launchJob(call('AJ_1'));
  await soon();
  expect(spare(of)).toBe(1);
});

test('starts it later', async () => {
  const of = await poolOf(mended(1_000));
  await of.launchJob(call('AJ_1'));
  const takenMs = performance.now();
  await soon();
  expect(spare(of)).toBe(0);
  await vi.waitFor(() => expect(spare(of)).toBe(1), { timeout: loadMs, interval: 10 });
  expect(performance.now() - takenMs).toBeGreaterThan(950);
});

test('starts it at once for a call that would find none', async () => {
  const of = await poolOf(mended(600_000));
  await of.launchJob(call('AJ_1'));
  await soon();
  await of.launchJob(call('AJ_2'));
  await soon();
  // That one has it, and the next is not started beside it.
  expect(spare(of)).toBe(0);
});

test('a second call has the other process at once, and none is started beside it', async () => {
  const of = await poolOf(mended(600_000), 2);
  await of.launchJob(call('AJ_1'));
  const startedMs = performance.now();
  await of.launchJob(call('AJ_2'));
  expect(performance.now() - startedMs).toBeLessThan(100);
  await soon();
  expect(spare(of)).toBe(0);
});

test('a call that comes soon after another pushes the start back', async () => {
  const of = await poolOf(mended(1_500), 3);
  await of.launchJob(call('AJ_1'));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await of.launchJob(call('AJ_2'));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  // Of the first call it would have been started by now.
  expect(spare(of)).toBe(1);
});

test('none is started as long as calls get too little processor, unless a call needs it', async () => {
  let isPressed = false;
  const of = await poolOf(mended(100, () => isPressed));
  isPressed = true;
  await of.launchJob(call('AJ_1'));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(spare(of)).toBe(0);
  await of.launchJob(call('AJ_2'));
  isPressed = false;
  await warm(of, 1);
});

test('a pool that is closed starts none, and keeps nobody waiting', async () => {
  const of = await poolOf(mended(600_000));
  await of.launchJob(call('AJ_1'));
  await soon();
  await of.close();
  expect(spare(of)).toBe(0);
});

test('says so when the SDK has changed', () => {
  expect(() =>
    delayRefill({ prototype: {} } as never, { afterMs: 1, isPressed: () => false }),
  ).toThrow('has changed');
});

test('a process that loads slowly is waited for', () => {
  const { initializeProcessTimeout } = new ServerOptions({ agent: 'agent.mjs', ...loading });
  expect(initializeProcessTimeout).toBe(limits.processStartMs);
});

// The last, because it changes the SDK for good.
test('the pool of the SDK itself is changed', async () => {
  await refillLater(() => false);
  const of = await poolOf(ProcPool);
  await of.launchJob(call('AJ_1'));
  await soon();
  expect(spare(of)).toBe(0);
});
