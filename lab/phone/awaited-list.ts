/**
 * A list that grows, and that one can wait on for an item of some kind: received frames, heard keys, incoming calls.
 */
import { ofTime } from '../starvation/of-time.ts';
import { deferred } from './deferred.ts';

type Matches<T> = (item: T, before: T | undefined) => boolean;
/** An item and the one before it in the list. */
export type Found<T> = { item: T; before: T | undefined };
type Waiting<T> = { matches: Matches<T>; met: (found: Found<T>) => void; never: () => void };

export class AwaitedList<T> {
  readonly items: T[] = [];
  readonly #waiting = new Set<Waiting<T>>();
  #isClosed = false;

  add(item: T): void {
    const before = this.items.at(-1);
    this.items.push(item);
    for (const waiting of this.#waiting) {
      if (waiting.matches(item, before)) waiting.met({ item, before });
    }
  }

  /**
   * The first item, present or to come, that matches. Rejects at the limit, or at once when the list is closed and can
   * grow no more, with the error that `otherwise` makes then: it is told which of the two it was.
   */
  first(
    matches: Matches<T>,
    limitMs: number,
    otherwise: (why: string) => Error,
  ): Promise<Found<T>> {
    const at = this.items.findIndex((item, i) => matches(item, this.items[i - 1]));
    if (at >= 0) return Promise.resolve({ item: this.items[at]!, before: this.items[at - 1] });
    if (this.#isClosed) return Promise.reject(ofTime(otherwise('before the call ended')));
    const { promise, resolve, reject } = deferred<Found<T>>();
    const done = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    };
    const waiting: Waiting<T> = {
      matches,
      met: (found) => {
        done();
        resolve(found);
      },
      never: () => {
        done();
        reject(ofTime(otherwise('before the call ended')));
      },
    };
    const timer = setTimeout(() => {
      done();
      reject(ofTime(otherwise(`within ${limitMs} ms`)));
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
