/**
 * The SDK's pool starts a new job process in the moment in which a call takes one, and offers no hook. Loading takes two to three
 * seconds of processor; on a small or busy machine they are taken from the call that has just begun (livekit/agents-js #909,
 * livekit/agents #4857; @livekit/agents 1.8.1, ipc/proc_pool.ts). Here that start waits until the call is past its greeting.
 * Called by main.ts, before the worker.
 */
import { setImmediate } from 'node:timers/promises';
import { limits } from '../limits.ts';
import { importOfSdk } from './sdk-internals.ts';

/** For the SDK's `ServerOptions`. It kills a process that loads for more than 10 s, and starts it anew, again and again. */
export const loading = { initializeProcessTimeout: limits.processStartMs };

/** What is used of the SDK's ProcPool. */
export type Pool = {
  closed: boolean;
  controller: AbortController;
  /** Processes that wait for a call, that have one, and that load. */
  executors: readonly { runningJob?: unknown }[];
  procWatchTask: (this: Pool, unlock: () => void) => Promise<void>;
  launchJob: (this: Pool, info: unknown) => Promise<void>;
};
type PoolClass = { prototype: Pool };

/**
 * Lets every pool that the SDK makes from now on wait before it refills.
 * @param isPressed whether the calls that there are get too little processor already: then none is started for a next one.
 * @throws when the SDK's pool is not what it was.
 */
export async function refillLater(isPressed: () => boolean): Promise<void> {
  const { ProcPool } = await importOfSdk('ipc/proc_pool.js');
  delayRefill(ProcPool as PoolClass, { afterMs: limits.refillMs, isPressed });
}

type Patience = {
  /** How long a process is not started after a call has taken one. */
  afterMs: number;
  isPressed: () => boolean;
};

export function delayRefill({ prototype }: PoolClass, patience: Patience): void {
  const { procWatchTask, launchJob } = prototype;
  if (typeof procWatchTask !== 'function' || typeof launchJob !== 'function') {
    throw new TypeError('The pool of @livekit/agents has changed: see agent/workarounds.');
  }
  const refills = new WeakMap<Pool, Refill>();
  const refillOf = (pool: Pool): Refill => {
    const refill = refills.get(pool) ?? new Refill(pool, patience);
    refills.set(pool, refill);
    return refill;
  };
  // The pool calls this once for each process that it lacks.
  prototype.procWatchTask = async function (unlock) {
    await refillOf(this).isDue();
    return procWatchTask.call(this, unlock);
  };
  prototype.launchJob = function (info) {
    return refillOf(this).during(() => launchJob.call(this, info));
  };
}

class Refill {
  readonly #pool: Pool;
  readonly #patience: Patience;
  /** Called to start a process without further waiting, the oldest first. */
  readonly #waiting = new Set<() => void>();
  /** Calls that have no process yet. */
  #callers = 0;
  /** When the last call took a process, in ms of a clock that never jumps. */
  #takenAtMs = -Infinity;

  constructor(pool: Pool, patience: Patience) {
    this.#pool = pool;
    this.#patience = patience;
  }

  /** Processes that no call has: they wait for one, or load. */
  get #spare(): number {
    return this.#pool.executors.filter(({ runningJob }) => !runningJob).length;
  }

  /** A call takes a process. One that would find none has one started at once. */
  async during(launch: () => Promise<void>): Promise<void> {
    this.#callers += 1;
    if (this.#callers > this.#spare) this.#startNext();
    try {
      await launch();
    } finally {
      this.#callers -= 1;
      this.#takenAtMs = performance.now();
    }
  }

  /** Resolves when a process may be started. */
  async isDue(): Promise<void> {
    const sinceMs = performance.now();
    // The call that has just taken a process is still among the callers, until the pool has given it that process.
    await setImmediate();
    for (;;) {
      const takenAtMs = this.#takenAtMs;
      // Calls that come one upon the other push the start back only while the next one finds a process.
      const fromMs = this.#spare > 0 ? takenAtMs : Math.min(sinceMs, takenAtMs);
      const leftMs = fromMs + this.#patience.afterMs - performance.now();
      const isDue = leftMs <= 0 && !this.#patience.isPressed();
      if (this.#pool.closed || this.#callers > this.#spare || isDue) return;
      if (await this.#startsBefore(Math.max(leftMs, limits.pressedMs))) return;
    }
  }

  /** @returns whether it was told to start; false when the time is over. */
  #startsBefore(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const { signal } = this.#pool.controller;
      const end = (isTold: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', start);
        this.#waiting.delete(start);
        resolve(isTold);
      };
      const start = () => end(true);
      const timer = setTimeout(() => end(false), ms);
      signal.addEventListener('abort', start);
      this.#waiting.add(start);
    });
  }

  #startNext(): void {
    const [start] = this.#waiting;
    start?.();
  }
}
