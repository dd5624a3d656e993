/**
 * How much processor processes got of what they wanted, as the system has counted it: how long they ran, and how long they could
 * have run and waited for a processor (Linux, `schedstat`). Of each its first thread, which has the event loop; other threads of
 * one process wait for each other. Called by watch.ts.
 */
import { readFileSync } from 'node:fs';

export type Use = { ranMs: number; waitedMs: number };

const nsInMs = 1e6;

export class ProcessorUse {
  /** By process, what was counted until the last look. */
  #before = new Map<number, Use>();

  /** @returns what they used since the last look; undefined where the system does not tell. */
  since(pids: readonly number[]): Use | undefined {
    const now = new Map(pids.flatMap(counted));
    const use = { ranMs: 0, waitedMs: 0 };
    for (const [pid, { ranMs, waitedMs }] of now) {
      const before = this.#before.get(pid);
      use.ranMs += ranMs - (before?.ranMs ?? 0);
      use.waitedMs += waitedMs - (before?.waitedMs ?? 0);
    }
    this.#before = now;
    return now.size === 0 ? undefined : use;
  }
}

function counted(pid: number): [number, Use][] {
  try {
    // Two numbers of nanoseconds; the third counts turns (kernel, Documentation/scheduler/sched-stats).
    const [ran, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number);
    return [[pid, { ranMs: ran! / nsInMs, waitedMs: waited! / nsInMs }]];
  } catch {
    // It has ended meanwhile, or this is not Linux.
    return [];
  }
}

/**
 * Works for some ms of processor time, and sees how long that takes. A worker without calls wants too little for its own
 * processes to tell how much they would get.
 */
export function workFor(ms: number): Use {
  const [startedMs, before] = [performance.now(), process.cpuUsage()];
  for (;;) {
    const { user, system } = process.cpuUsage(before);
    const ranMs = (user + system) / 1_000;
    if (ranMs < ms) continue;
    return { ranMs, waitedMs: Math.max(0, performance.now() - startedMs - ranMs) };
  }
}
