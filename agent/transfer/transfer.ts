/**
 * One attempt to bring caller and human together. Facts go in through `put`; the table decides, one fact at a time;
 * the effects are performed here in the order of the table. Nothing is decided in a listener or after an await.
 */
import { log } from '@livekit/agents';
import type { EndCause, Recorder } from '../call-events.ts';
import type { CallerSide } from '../caller-side.ts';
import { holdWords } from '../hold-words.ts';
import { limitOfPhase, limits } from '../limits.ts';
import { type OutcomeKind, policies } from '../outcome.ts';
import { within } from '../teardown.ts';
import type { Consultation } from './consultation.ts';
import type { HumanLeg } from './human-leg.ts';
import { table } from './table.ts';
import type { Effect, Phase, TransferEvent } from './vocabulary.ts';

type Options = {
  attempt: string;
  destination: { key: string; spokenName: string };
  caller: CallerSide;
  human: HumanLeg;
  consultation: Consultation;
  /** Begins the end of the whole call; does not wait for it. */
  endCall: (cause: EndCause) => void;
  record: Recorder;
};

export class Transfer {
  readonly #options: Options;
  readonly #inbox: TransferEvent[] = [];
  #phase: Phase = 'dialing';
  #deciding = false;
  #outcome: OutcomeKind | undefined;
  #decidedBy: 'voice' | 'key' | undefined;
  #limit: NodeJS.Timeout | undefined;
  #performing: Promise<void> = Promise.resolve();
  #leaving: Promise<unknown> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
  }

  get isOver(): boolean {
    return this.#phase === 'ended';
  }

  /** What is true to tell a caller on hold at this moment; undefined when they are on hold no more. */
  get holdWords(): string | undefined {
    return holdWords[this.#phase]?.(this.#options.destination.spokenName);
  }

  /** Dials the human. The owner has registered `close` before. */
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
    await this.#leaving;
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
    const limitMs = limitOfPhase[this.#phase];
    if (limitMs) this.#limit = setTimeout(() => this.put({ type: 'limitReached' }), limitMs);
  }

  async #perform(effect: Effect, event: TransferEvent): Promise<void> {
    try {
      // What hangs goes on by itself and must not keep the next effect, perhaps the last way out, from its turn.
      const limitMs = effect === 'returnCaller' ? limits.returnMs : limits.closerMs;
      await within(limitMs, Promise.resolve(this.#effects[effect](event)));
    } catch (error) {
      log().error({ error, effect }, 'an effect of the transfer failed');
    }
  }

  readonly #effects: Record<Effect, (event: TransferEvent) => Promise<void> | void> = {
    brief: () => {
      // Not awaited: the decision may come while the AI speaks. Without words there is no offer, hence no merge.
      this.#options.consultation.brief().catch((error: unknown) => {
        log().error({ error }, 'the briefing failed');
        this.put({ type: 'briefingFailed' });
      });
    },
    clearLine: () => {
      this.#options.consultation.fallSilent();
      this.#options.caller.clearLine();
      this.put({ type: 'lineCleared' });
    },
    mergeLegs: () => this.#options.human.merge(() => this.#phase === 'merging'),
    leaveCall: () => {
      // Not awaited: a hang-up may come at once, and must not wait until the AI has left.
      const { caller, human } = this.#options;
      this.#leaving = Promise.all([caller.leave(), human.closeConsultation()]).catch((error) =>
        log().error({ error }, 'the AI could not leave the call properly'),
      );
    },
    returnCaller: async () => {
      const { caller, destination } = this.#options;
      try {
        await caller.returnToAgent(policies[this.#outcome!].tellCaller(destination.spokenName));
        this.put({ type: 'callerReturned' });
      } catch (error) {
        log().error({ error }, 'the caller could not be given back to the AI');
        this.put({ type: 'returnFailed' });
      }
    },
    thankHuman: () => this.#dismissHuman('All right. Thank you, goodbye.'),
    excuseCaller: () => this.#dismissHuman('The caller has just hung up. Goodbye.'),
    releaseHuman: () => this.#options.human.release(),
    endCall: (event) => this.#options.endCall(causeOf(event)),
  };

  async #dismissHuman(words: string): Promise<void> {
    try {
      await this.#options.consultation.farewell(words);
    } finally {
      await this.#options.human.release();
    }
  }
}

function causeOf(event: TransferEvent): EndCause {
  if (event.type === 'callerLeft' || event.type === 'humanLeft') return event.type;
  return event.type === 'jobEnding' ? 'jobEnded' : 'returnFailed';
}
