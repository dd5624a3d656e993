/**
 * A list that grows, and that one can wait on for an item of some kind: received frames, heard keys, incoming calls.
 */
import { deferred } from './deferred.ts';

type Matches<T> = (item: T, before: T | undefined) => boolean;
type Waiting<T> = { matches: Matches<T>; met: (item: T) => void; never: () => void };

export class AwaitedList<T> {
  readonly items: T[] = [];
  readonly #waiting = new Set<Waiting<T>>();
  #isClosed = false;

  add(item: T): void {
    const before = this.items.at(-1);
    this.items.push(item);
    for (const waiting of this.#waiting) {
      if (waiting.matches(item, before)) waiting.met(item);
    }
  }

  /**
   * The first item, present or to come, that matches. Rejects at the limit, or at once when the list is closed and can
   * grow no more, with the error that `otherwise` makes then: it is told which of the two it was.
   */
  first(matches: Matches<T>, limitMs: number, otherwise: (why: string) => Error): Promise<T> {
    const known = this.items.find((item, i) => matches(item, this.items[i - 1]));
    if (known !== undefined) return Promise.resolve(known);
    if (this.#isClosed) return Promise.reject(otherwise('before the call ended'));
    const { promise, resolve, reject } = deferred<T>();
    const done = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    };
    const waiting: Waiting<T> = {
      matches,
      met: (item) => {
        done();
        resolve(item);
      },
      never: () => {
        done();
        reject(otherwise('before the call ended'));
      },
    };
    const timer = setTimeout(() => {
      done();
      reject(otherwise(`within ${limitMs} ms`));
    }, limitMs);
    this.#waiting.add(waiting);
    return promise;
  }

  /** Nothing more will be added. */
  close(): void {
    this.#isClosed = true;
    for (const waiting of this.#waiting) waiting.never();
  }
}
