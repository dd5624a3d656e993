/**
 * What has to be undone when a call ends: closers with names, each run once and each with a limit. They start last
 * opened first and run side by side, so one that fails or hangs is logged and keeps no other from its work.
 */
import { log } from '@livekit/agents';
import { limits } from './limits.ts';

export type Closer = () => Promise<void> | void;

export class Teardown {
  readonly #closers: { name: string; close: Closer }[] = [];
  #closing: Promise<void> | undefined;

  /**
   * Registers a closer; call it before the thing that it undoes is begun, because a request that failed may still
   * have worked. A closer must be safe to run when there is nothing to undo.
   * @throws Error when the teardown has begun: whatever was to be opened must not be opened any more.
   */
  add(name: string, close: Closer): void {
    if (this.#closing) throw new Error(`too late to open the ${name}: the call is ending`);
    this.#closers.unshift({ name, close });
  }

  /** Runs every closer. A second call waits for the first. Never rejects. */
  close(): Promise<void> {
    // Begun before the first closer runs, because a closer may itself ask for the end.
    return (this.#closing ??= Promise.resolve().then(() => this.#run()));
  }

  async #run(): Promise<void> {
    await Promise.all(this.#closers.map(run));
  }
}

async function run({ name, close }: { name: string; close: Closer }): Promise<void> {
  try {
    await within(limits.closerMs, Promise.resolve(close()));
  } catch (error) {
    log().error({ error, closer: name }, 'a closer failed; the others go on');
  }
}

/**
 * Waits for a promise, but not longer than `limitMs`.
 * @throws Error naming the limit when it is reached; the promise itself goes on.
 */
export async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let cancel: (() => void) | undefined;
  const limit = new Promise<never>((_, reject) => {
    cancel = setDeadline(limitMs, () => reject(new Error(`not done within ${limitMs} ms`)));
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    cancel?.();
  }
}

/**
 * Calls back when others have had `limitMs`. A process that stood still finds its timers due before it has read what came for it
 * meanwhile, and would take its own lateness for theirs. So a timer that fires late waits once more, for as long as it was late,
 * but not longer than `limits.secondLookMs`.
 * @returns a function that cancels it.
 */
export function setDeadline(limitMs: number, onPassed: () => void): () => void {
  const dueMs = performance.now() + limitMs;
  let timer = setTimeout(() => {
    const lateMs = Math.round(performance.now() - dueMs);
    if (lateMs < limits.onTimeMs) return onPassed();
    timer = setTimeout(onPassed, Math.min(lateMs, limits.secondLookMs));
  }, limitMs);
  return () => clearTimeout(timer);
}
