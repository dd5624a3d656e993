/**
 * The way through the directory: one number after the other is rung, each in an attempt of its own, until somebody takes the
 * call or nobody is left to ask. One object for each time that the model wants a transfer; call.ts owns it.
 */
import type { CallerSide } from '../caller-side.ts';
import type { Candidate } from '../directory/candidates.ts';
import { type OutcomeKind, policies } from '../outcome.ts';
import type { TransferWords } from '../words.ts';
import type { HandOver } from './effects.ts';
import type { Transfer } from './transfer.ts';

type Options = {
  candidates: readonly Candidate[];
  caller: CallerSide;
  /** Opens an attempt, which is started and held by the search. */
  open: (candidate: Candidate, handOver: HandOver) => Transfer;
  /** Counts a dial. @returns whether it may be placed. */
  mayDial: () => boolean;
  words: TransferWords;
  /** What the AI asks a caller whom nobody could help. */
  lastWords: string;
};

export class Search {
  readonly #options: Options;
  readonly #left: Candidate[];

  constructor(options: Options) {
    this.#options = options;
    this.#left = [...options.candidates];
  }

  /** Rings the first number. @returns false when none may be rung, and then nothing has happened. */
  start(): boolean {
    const first = this.#next();
    if (first) this.#ring(first, this.#options.words.hold.begins(first.destination.spokenName));
    return first !== undefined;
  }

  #next(): Candidate | undefined {
    return this.#left.length > 0 && this.#options.mayDial() ? this.#left.shift() : undefined;
  }

  #ring(candidate: Candidate, words: string): void {
    const { open, caller } = this.#options;
    const transfer = open(candidate, (outcome) => this.#handOver(candidate, outcome));
    // First the words: a caller who is referred must have heard them.
    caller.hold(words, () => transfer.holdWords);
    transfer.start();
  }

  async #handOver(failed: Candidate, outcome: OutcomeKind): Promise<void> {
    const { tellCaller, next: wanted } = policies[outcome];
    const { words, caller, lastWords } = this.#options;
    const sorry = tellCaller(words, failed.destination.spokenName);
    const next = wanted === 'next number' ? this.#next() : undefined;
    if (!next) return caller.returnToAgent(`${sorry} ${lastWords}`);
    const isSame = next.destination === failed.destination;
    const { triesAnotherPhone, triesNext } = words.hold;
    const then = isSame ? triesAnotherPhone : triesNext(next.destination.spokenName);
    this.#ring(next, `${sorry} ${then}`);
  }
}
