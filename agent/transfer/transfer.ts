/**
 * One attempt to bring caller and human together. Facts go in through `put`; the table decides, one fact at a time;
 * the effects are performed here in the order of the table. Nothing is decided in a listener or after an await.
 */
import { log } from '@livekit/agents';
import type { Recorder } from '../call-events.ts';
import { holdWords } from '../hold-words.ts';
import { limitMsOf, limits } from '../limits.ts';
import { type OutcomeKind, policies } from '../outcome.ts';
import { within } from '../teardown.ts';
import type { TransferWords } from '../words.ts';
import { Effects, type Sides } from './effects.ts';
import { table } from './table.ts';
import type { Effect, Phase, TransferEvent } from './vocabulary.ts';

type Options = Sides & {
  attempt: string;
  destination: { key: string; spokenName: string; decisionLimitS: number };
  words: TransferWords;
  record: Recorder;
};

export class Transfer {
  readonly #options: Options;
  readonly #inbox: TransferEvent[] = [];
  #phase: Phase;
  #deciding = false;
  #outcome: OutcomeKind | undefined;
  #decidedBy: 'voice' | 'key' | undefined;
  #limit: NodeJS.Timeout | undefined;
  #performing = Promise.resolve();
  readonly #effects: Effects;

  constructor(options: Options) {
    this.#options = options;
    this.#phase = options.consultation ? 'dialing' : 'referring';
    this.#effects = new Effects({
      sides: options,
      words: options.words.consultation,
      put: (event) => this.put(event),
      isMerging: () => this.#phase === 'merging',
    });
  }

  get isOver(): boolean {
    return this.#phase === 'ended';
  }

  /** Whether the two were connected, though it may be over. */
  get didConnect(): boolean {
    return this.#outcome === 'connected';
  }

  get isConnected(): boolean {
    return this.#phase === 'connected';
  }

  /** What is true to tell a caller on hold at this moment; undefined when they are on hold no more. */
  get holdWords(): string | undefined {
    const { words, destination } = this.#options;
    return holdWords(this.#phase, words, destination.spokenName);
  }

  /** Dials the human, or refers the caller. The owner has registered `close` before. */
  start(): void {
    const { attempt, destination, record, human } = this.#options;
    record({ type: 'transferStarted', attempt, destination: destination.key });
    this.#armLimit();
    human.dial();
  }

  /** Takes a fact; safe to call from any listener, in any order, at any time. */
  put(event: TransferEvent): void {
    this.#inbox.push(event);
    if (this.#deciding) return;
    this.#deciding = true;
    try {
      for (let next = this.#inbox.shift(); next; next = this.#inbox.shift()) this.#decide(next);
    } finally {
      this.#deciding = false;
    }
  }

  /** Ends the attempt, whatever its phase, and waits until its effects are done. */
  async close(): Promise<void> {
    this.put({ type: 'jobEnding' });
    await this.#performing;
    await this.#effects.settled;
  }

  #decide(event: TransferEvent): void {
    const { attempt, record } = this.#options;
    const from = this.#phase;
    const cell = table[from][event.type];
    if (cell === 'ignore') return;
    if (cell === 'never') {
      return record({ type: 'unexpectedEvent', attempt, phase: from, event: event.type });
    }
    this.#phase = cell.to;
    this.#armLimit();
    record({ type: 'phaseChanged', attempt, from, to: cell.to, on: event.type });
    if ('by' in event) this.#decidedBy = event.by;
    if (cell.outcome) this.#settle(cell.outcome, event);
    for (const effect of cell.effects) {
      this.#performing = this.#performing.then(() => this.#perform(effect, event));
    }
  }

  #settle(outcome: OutcomeKind | 'reported', event: TransferEvent): void {
    const reported = event.type === 'dialRefused' ? event.outcome : 'unreachable';
    const kind = outcome === 'reported' ? reported : outcome;
    const sipStatus = 'sipStatus' in event ? event.sipStatus : undefined;
    this.#outcome = kind;
    this.#options.record({
      type: 'transferEnded',
      attempt: this.#options.attempt,
      outcome: kind,
      blame: policies[kind].blame,
      ...(this.#decidedBy && { by: this.#decidedBy }),
      ...(sipStatus && { sipStatus }),
    });
  }

  #armLimit(): void {
    clearTimeout(this.#limit);
    const limitMs = limitMsOf(this.#phase, this.#options.destination);
    if (limitMs) this.#limit = setTimeout(() => this.put({ type: 'limitReached' }), limitMs);
  }

  async #perform(effect: Effect, event: TransferEvent): Promise<void> {
    // The caller may have hung up while it waited for its turn: then nobody is to be rung for them.
    if (effect === 'returnCaller' && this.#phase !== 'returning') return;
    try {
      // What hangs goes on by itself and must not keep the next effect, perhaps the last way out, from its turn.
      const limitMs = effect === 'returnCaller' ? limits.returnMs : limits.closerMs;
      const cause = { event, outcome: this.#outcome };
      await within(limitMs, Promise.resolve(this.#effects.perform(effect, cause)));
    } catch (error) {
      log().error({ error, effect }, 'an effect of the transfer failed');
    }
  }
}
