/**
 * Whether a worker is short of processor. Pure: what its processes got goes in, look by look, and what follows comes out.
 * docs/decisions/0013-short-of-processor.md has the measurements behind the limits.
 */
import { limits } from '../limits.ts';
import type { Use } from './processor.ts';

/** What one look saw. */
export type Look = Use & {
  /** How late the worker's event loop was in nine of ten turns. */
  lateMs: number;
};

export type State = {
  isShort: boolean;
  /** Of the processor time that its processes wanted, in percent, in the best of the last looks. */
  gotPercent: number;
  /** In the best of them. */
  lateMs: number;
};

export class Shortage {
  readonly #looks: Look[] = [];
  #isShort = false;

  /**
   * A worker becomes short when no look of the last few saw enough, so that a burst counts for nothing. It ceases to be with the
   * first that does.
   */
  take(look: Look): State {
    this.#looks.push(look);
    if (this.#looks.length > limits.shortageLooks) this.#looks.shift();
    const isFull = this.#looks.length === limits.shortageLooks;
    if (this.#isShort) this.#isShort = isWorse(look, limits.enoughPercent);
    else
      this.#isShort = isFull && this.#looks.every((one) => isWorse(one, limits.shortBelowPercent));
    const since = this.#isShort ? this.#looks : [look];
    return {
      isShort: this.#isShort,
      gotPercent: Math.round(Math.max(...since.map(percentGot))),
      lateMs: Math.round(Math.min(...since.map(({ lateMs }) => lateMs))),
    };
  }
}

const isWorse = (look: Look, percent: number) =>
  percentGot(look) < percent || look.lateMs > limits.shortLateMs;

const percentGot = ({ ranMs, waitedMs }: Use) =>
  ranMs + waitedMs > 0 ? (100 * ranMs) / (ranMs + waitedMs) : 100;
