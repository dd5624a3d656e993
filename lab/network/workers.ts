/** The workers of a lab, at most two: what they are started with, which of them has a call, and whether they take another. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Call, Mailbox } from './mailbox.ts';
import type { Ports } from './ports.ts';
import { httpAnswers, isAlive, isShort, jobsOf } from './probes.ts';
import type { ProcessList } from './process-list.ts';
import type { LabProcess } from './processes.ts';
import { root } from './settings.ts';

export const workerNames = ['worker', 'second worker'] as const;
export type WorkerName = (typeof workerNames)[number];

/** A call's process, and the worker that has started it; without a name when that worker has ended before it. */
export type Holder = { call: Call; name?: WorkerName };

type Place = {
  processes: ProcessList;
  ports: Ports;
  mailbox: Mailbox;
  workerLines: readonly string[];
  workerEnv: Record<string, string>;
};

const healthPort = ({ ports }: Place, name: WorkerName) =>
  name === 'worker' ? ports.health : ports.secondHealth;

/** @param options.env what is to be otherwise than usual. */
export function startWorker(
  lab: Place,
  options: {
    name: WorkerName;
    env: Record<string, string>;
    agentFile: string | undefined;
    onLine: (line: string) => void;
  },
): Promise<LabProcess> {
  const { name, env, agentFile = join(root, 'agent', 'main.ts'), onLine } = options;
  const port = env['HEALTH_PORT'] ?? String(healthPort(lab, name));
  const from = lab.workerLines.length;
  const isLoaded = () =>
    lab.workerLines.slice(from).some((line) => line.includes('job runner initialized'));
  return lab.processes.start({
    name,
    command: process.execPath,
    args: [agentFile, 'start'],
    env: { ...lab.workerEnv, HEALTH_PORT: port, ...env },
    onLine,
    // While its first process loads, calls in other labs would be heard to suffer.
    isReady: async () => isLoaded() && httpAnswers(`http://127.0.0.1:${port}`),
    readyLimitMs: 60_000,
    // A drain waits for calls, which a test that failed may have left behind.
    stopSignal: 'SIGKILL',
  });
}

/** Who has a call, unless its process has ended: a file of it may be there for longer. */
export function workerOf({ processes, mailbox }: Place, callId: string): Holder | undefined {
  const call = mailbox.calls().find((one) => one.callId === callId);
  if (!call || !isAlive(call.pid)) return undefined;
  const name = workerNames.find((one) => processes.pidOf(one) === call.parentPid);
  return name ? { call, name } : { call };
}

/** How many job processes have a call, as the workers that run say themselves. */
export async function jobs(lab: Place): Promise<number> {
  const running = workerNames.filter((name) => lab.processes.has(name));
  const counts = await Promise.all(running.map((name) => jobsOf(healthPort(lab, name))));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Longer than a worker needs to see that it has enough processor again; on a machine that stays busy the story is played all the same. */
const enoughLimitMs = 30_000;

/**
 * Resolves when no worker that runs is short of processor: one that was starved in a story would decline the caller of the next.
 */
export async function workersTakeCalls(lab: Place): Promise<void> {
  const running = workerNames.filter((name) => lab.processes.has(name));
  const deadlineMs = Date.now() + enoughLimitMs;
  // One that is about to end answers nobody.
  const isOneShort = async () => {
    const each = running.map((name) => isShort(healthPort(lab, name)).catch(() => false));
    return (await Promise.all(each)).includes(true);
  };
  while ((await isOneShort()) && Date.now() < deadlineMs) await delay(250);
}
