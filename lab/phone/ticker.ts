/**
 * The 20 ms clock of an exchange: one timer for all its calls, which does not drift.
 *
 * Used by call-audio.ts. When the process was busy, missed ticks are made up at once, as a telephone's sound card would;
 * after a long stall the rest is skipped.
 */
import { nowMs } from '../audio/clock.ts';
import { FRAME_MS } from '../audio/frames.ts';

const CATCH_UP_MAX = 10;

/** Told each time the clock of any exchange runs, by how many ms it is late. */
export const lateTicks = new Set<(lateMs: number) => void>();

export class Ticker {
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;

  /** Calls the listener every 20 ms until the returned function is called. */
  every20ms(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (!this.#timer) {
      this.#dueMs = nowMs() + FRAME_MS;
      this.#schedule();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#dueMs - nowMs()));
  }

  #run(): void {
    const lateMs = Math.max(0, nowMs() - this.#dueMs);
    for (const told of lateTicks) told(lateMs);
    for (let ticks = 0; ticks < CATCH_UP_MAX && this.#dueMs <= nowMs() + 0.5; ticks += 1) {
      this.#dueMs += FRAME_MS;
      for (const listener of this.#listeners) listener();
    }
    const behindMs = nowMs() - this.#dueMs;
    if (behindMs > 0) this.#dueMs += FRAME_MS * Math.ceil(behindMs / FRAME_MS);
    if (this.#listeners.size > 0) this.#schedule();
  }
}
