/**
 * Watches whether this worker's own processes get the processor that they want, and says in the log when a shortage begins and
 * ends. The average over all cores, which the SDK goes by, hides a full core among idle ones and reads 100 % on a small machine.
 */
import type { ChildProcess } from 'node:child_process';
import diagnostics from 'node:diagnostics_channel';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { log } from '@livekit/agents';
import { limits } from '../limits.ts';
import { ProcessorUse, workFor } from './processor.ts';
import { Shortage, type State } from './shortage.ts';

const resolutionMs = 20;
const nsInMs = 1e6;

export type Processor = State & {
  /** Since when the worker is short, in ms since 1970. */
  sinceMs: number | undefined;
};

export class ProcessorWatch {
  readonly #shortage = new Shortage();
  readonly #use = new ProcessorUse();
  readonly #loop = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #children = new Set<ChildProcess>();
  #now: Processor = { isShort: false, gotPercent: 100, lateMs: 0, sinceMs: undefined };

  get now(): Processor {
    return this.#now;
  }

  /** To be called before the worker starts processes: only those that start later are watched. */
  start(): void {
    diagnostics.subscribe('child_process', (message) => {
      const { process: child } = message as { process: ChildProcess };
      this.#children.add(child);
      child.once('exit', () => this.#children.delete(child));
    });
    this.#loop.enable();
    this.#use.since(this.#pids);
    setInterval(() => this.#look(), limits.processorLookMs).unref();
  }

  /** Whether its processes got too little when it looked last; that may be a burst. */
  get isPressed(): boolean {
    return this.#now.isShort || this.#now.gotPercent < limits.shortBelowPercent;
  }

  get #pids(): number[] {
    return [process.pid, ...[...this.#children].flatMap(({ pid }) => pid ?? [])];
  }

  /** Looks at this moment, and at nothing that was before. @returns what is so after it. */
  lookNow(): Processor {
    this.#use.since(this.#pids);
    return this.#look();
  }

  #look(): Processor {
    const worked = workFor(limits.processorWorkMs);
    // What was just done is part of it.
    const use = this.#use.since(this.#pids) ?? worked;
    const lateMs = Math.max(0, this.#loop.percentile(90) / nsInMs - resolutionMs);
    this.#loop.reset();
    const state = this.#shortage.take({ ...use, lateMs });
    const sinceMs = state.isShort ? (this.#now.sinceMs ?? Date.now()) : undefined;
    this.#say(state, this.#now);
    this.#now = { ...state, sinceMs };
    return this.#now;
  }

  #say({ isShort, gotPercent, lateMs }: State, before: Processor): void {
    const processor = { gotPercent, lateMs };
    if (isShort && !before.isShort) {
      log().warn(
        { processor },
        `this worker is short of processor and declines calls: its processes get ${gotPercent} % of what they want`,
      );
    }
    if (before.isShort && !isShort) {
      const lastedMs = Date.now() - before.sinceMs!;
      log().warn(
        { processor: { ...processor, lastedMs } },
        'this worker has enough processor again and takes calls',
      );
    }
  }
}
