/**
 * Watches whether anything of the lab waits for a processor while a story is played: its servers, the workers with their jobs,
 * and this process, in which the phones are. Used beside each test (test/watch.ts) and each scenario (scenarios/run.ts).
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { nowMs } from '../audio/clock.ts';
import { runningProcesses } from '../network/processes.ts';
import { lateTicks } from '../phone/ticker.ts';
import { ProcessWait, isTold } from './proc.ts';
import { type Figures, type Group, type Waited, groups } from './rule.ts';

/** What a process that ends has waited since the last look is not seen. */
const everyMs = 250;
/** At so many, all threads are read, and what is new is found; at the others main threads alone. */
const looksPerSecond = 1_000 / everyMs;
/** A timer of the loop costs as much as all of the rest when it is one of 20 ms. The clock of the packets is as fine, while there are calls. */
const loopResolutionMs = 100;
/** What is late by less is not heard: any phone keeps so much in store. */
const packetMs = 20;

function groupOf(name: string): Group {
  if (name === 'baresip') return 'phones';
  return name.endsWith('worker') ? 'worker' : 'servers';
}

/** One timer for all that watch at the same time. */
class Sampler {
  readonly #watches = new Set<Watch>();
  readonly #processes = new Map<number, { group: Group; wait: ProcessWait }>();
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;

  add(watch: Watch): void {
    if (this.#watches.size === 0) {
      this.#find(false);
      this.#timer = setInterval(
        () => this.#look(++this.#looks % looksPerSecond === 0),
        everyMs,
      ).unref();
    } else this.#look(true);
    this.#watches.add(watch);
  }

  remove(watch: Watch): void {
    this.#look(true);
    this.#watches.delete(watch);
    if (this.#watches.size > 0) return;
    clearInterval(this.#timer);
    for (const pid of this.#processes.keys()) this.#forget(pid);
  }

  #look(isOfAll: boolean): void {
    if (isOfAll) this.#find(true);
    for (const [pid, { group, wait }] of this.#processes) {
      wait.look(isOfAll, (tid, waitedMs) => {
        for (const watch of this.#watches) watch.saw(group, tid, waitedMs);
      });
      if (wait.hasEnded) this.#forget(pid);
    }
  }

  /** A job lives on when its worker was killed, and is known from before. */
  #find(isNew: boolean): void {
    this.#know(process.pid, 'phones', isNew);
    for (const { name, pid } of runningProcesses()) this.#know(pid, groupOf(name), isNew);
    for (const { group, wait } of this.#processes.values()) {
      if (group === 'worker') for (const pid of wait.children) this.#know(pid, 'job', isNew);
    }
  }

  #know(pid: number, group: Group, isNew: boolean): void {
    if (this.#processes.has(pid)) return;
    this.#processes.set(pid, { group, wait: new ProcessWait(pid, isNew) });
  }

  #forget(pid: number): void {
    this.#processes.get(pid)!.wait.close();
    this.#processes.delete(pid);
  }
}

const sampler = new Sampler();

class GroupWait {
  readonly #threads = new Map<string, { ms: number; last: { atMs: number; ms: number }[] }>();
  #ms = 0;
  #worstMs = 0;

  add(tid: string, waitedMs: number): void {
    const thread = this.#threads.get(tid) ?? { ms: 0, last: [] };
    this.#threads.set(tid, thread);
    this.#ms += waitedMs;
    thread.ms += waitedMs;
    const atMs = nowMs();
    thread.last.push({ atMs, ms: waitedMs });
    // What was read a second ago is about the time before.
    while (thread.last[0]!.atMs < atMs - 1_000 + everyMs / 2) thread.last.shift();
    const inSecondMs = thread.last.reduce((sum, { ms }) => sum + ms, 0);
    this.#worstMs = Math.max(this.#worstMs, inSecondMs);
  }

  during(forMs: number): Waited {
    const longestMs = Math.max(0, ...[...this.#threads.values()].map(({ ms }) => ms));
    const share = (ms: number) => Math.round((1_000 * ms) / forMs) / 1_000;
    return {
      ms: Math.round(this.#ms),
      share: share(this.#ms),
      threadShare: share(longestMs),
      threadWorstMs: Math.round(this.#worstMs),
    };
  }
}

export class Watch {
  readonly #fromMs = nowMs();
  readonly #waits: Record<Group, GroupWait> = {
    job: new GroupWait(),
    worker: new GroupWait(),
    servers: new GroupWait(),
    phones: new GroupWait(),
  };
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: loopResolutionMs });
  readonly #packets = { latestMs: 0, overMs: 0 };

  constructor() {
    this.#loop.enable();
    lateTicks.add(this.#late);
    if (isTold) sampler.add(this);
  }

  /** For the sampler. */
  saw(group: Group, tid: string, waitedMs: number): void {
    this.#waits[group].add(tid, waitedMs);
  }

  /** @returns undefined where the system does not tell who waits. */
  end(): Figures | undefined {
    if (isTold) sampler.remove(this);
    lateTicks.delete(this.#late);
    this.#loop.disable();
    if (!isTold) return undefined;
    const forMs = nowMs() - this.#fromMs;
    const { latestMs, overMs } = this.#packets;
    return {
      forMs: Math.round(forMs),
      waited: Object.fromEntries(
        groups.map((group) => [group, this.#waits[group].during(forMs)]),
      ) as Record<Group, Waited>,
      packets: { latestMs: Math.round(latestMs), overMs: Math.round(overMs) },
      loopMs: Math.max(0, Math.round(this.#loop.max / 1e6 - loopResolutionMs)),
    };
  }

  readonly #late = (lateMs: number): void => {
    this.#packets.latestMs = Math.max(this.#packets.latestMs, lateMs);
    this.#packets.overMs += Math.max(0, lateMs - packetMs);
  };
}
