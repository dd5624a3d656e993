/**
 * How long processes were ready to run while no processor was free for them, from /proc: on Linux only. Read by watch.ts.
 *
 * /proc/PID/schedstat is that of the main thread alone, so each thread is read (/proc/PID/task/TID/schedstat, second figure, ns).
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';

/** Whether this system tells. */
export const isTold = existsSync('/proc/self/schedstat');

/** The threads of one process, each with its file kept open: to open it again costs twice what it costs to read it. */
export class ProcessWait {
  readonly #pid: number;
  readonly #threads = new Map<string, { file: number; waitedNs: number }>();

  /** @param isNew what it has waited for until now counts as well. */
  constructor(pid: number, isNew: boolean) {
    this.#pid = pid;
    this.look(true, () => undefined);
    if (isNew) for (const thread of this.#threads.values()) thread.waitedNs = 0;
  }

  get hasEnded(): boolean {
    return this.#threads.size === 0;
  }

  /** Tells how long threads have waited since they were last read: all of them, or only the main one, which has a program's loop. */
  look(isOfAll: boolean, tell: (tid: string, waitedMs: number) => void): void {
    if (isOfAll) this.#findThreads();
    for (const [tid, thread] of this.#threads) {
      if (!isOfAll && tid !== String(this.#pid)) continue;
      const waitedNs = waitedNsIn(thread.file);
      if (waitedNs === undefined) this.#forget(tid);
      else {
        tell(tid, (waitedNs - thread.waitedNs) / 1e6);
        thread.waitedNs = waitedNs;
      }
    }
  }

  /** The processes that its main thread has started and that are there, which is where Node starts them. */
  get children(): number[] {
    const file = `/proc/${this.#pid}/task/${this.#pid}/children`;
    const listed = orUndefined(() => readFileSync(file, 'latin1'));
    return listed?.split(' ').filter(Boolean).map(Number) ?? [];
  }

  close(): void {
    for (const tid of this.#threads.keys()) this.#forget(tid);
  }

  #findThreads(): void {
    for (const tid of orUndefined(() => readdirSync(`/proc/${this.#pid}/task`)) ?? []) {
      if (this.#threads.has(tid)) continue;
      const file = orUndefined(() => openSync(`/proc/${this.#pid}/task/${tid}/schedstat`, 'r'));
      if (file !== undefined) this.#threads.set(tid, { file, waitedNs: 0 });
    }
  }

  #forget(tid: string): void {
    closeSync(this.#threads.get(tid)!.file);
    this.#threads.delete(tid);
  }
}

const buffer = Buffer.alloc(64);

/** @returns undefined when the thread has ended. */
function waitedNsIn(file: number): number | undefined {
  const length = orUndefined(() => readSync(file, buffer, 0, buffer.length, 0));
  if (!length) return undefined;
  return Number(buffer.toString('latin1', 0, length).split(' ')[1]);
}

/** What is read here may end while it is read. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
