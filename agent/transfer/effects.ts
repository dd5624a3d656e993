/**
 * What the effects of the table do to caller and human. Performed by transfer.ts, one after the other; nothing is decided here.
 */
import { log } from '@livekit/agents';
import { type EndCause, type Heir, causeOf } from '../call-events.ts';
import type { CallerSide } from '../caller-side.ts';
import type { OutcomeKind } from '../outcome.ts';
import type { Words } from '../words.ts';
import type { Consultation } from './consultation.ts';
import type { HumanSide } from './human-leg.ts';
import type { Effect, TransferEvent } from './vocabulary.ts';

/** Gives the caller on to the next number or back to the AI, after an attempt that came to nothing. */
export type HandOver = (outcome: OutcomeKind) => Promise<void>;

/** Whom an attempt acts on. */
export type Sides = {
  caller: CallerSide;
  human: HumanSide;
  /** There is none in a cold transfer, which begins by referring the caller instead of dialing. */
  consultation: Consultation | undefined;
  /** What becomes of the caller when this attempt came to nothing. */
  handOver: HandOver;
  /** Begins the end of the whole call; does not wait for it. */
  endCall: (cause: EndCause, heir?: Heir) => void;
};

type ConsultationWords = Pick<Words['consultation'], 'declineNote' | 'farewells'>;

export class Effects {
  readonly #sides: Sides;
  readonly #words: ConsultationWords;
  readonly #put: (event: TransferEvent) => void;
  readonly #isMerging: () => boolean;
  #begun: Promise<unknown> = Promise.resolve();

  constructor(options: {
    sides: Sides;
    words: ConsultationWords;
    put: (event: TransferEvent) => void;
    /** Whether a merge that is under way is still wanted. */
    isMerging: () => boolean;
  }) {
    this.#sides = options.sides;
    this.#words = options.words;
    this.#put = options.put;
    this.#isMerging = options.isMerging;
  }

  /**
   * @param cause the fact that ordered the effect; `outcome` how the attempt ended, once that is settled.
   */
  perform(
    effect: Effect,
    cause: { event: TransferEvent; outcome: OutcomeKind | undefined },
  ): Promise<void> | void {
    return this.#verbs[effect](cause);
  }

  /** Resolves when what was begun, and not waited for, is done or has failed. */
  get settled(): Promise<unknown> {
    return this.#begun;
  }

  readonly #verbs: Record<
    Effect,
    (cause: { event: TransferEvent; outcome: OutcomeKind | undefined }) => Promise<void> | void
  > = {
    brief: () => {
      // Not awaited: the decision may come while the AI speaks. Without words there is no offer, hence no merge.
      this.#sides.consultation?.brief().catch((error: unknown) => {
        log().error({ error }, 'the briefing failed');
        this.#put({ type: 'briefingFailed' });
      });
    },
    clearLine: () => {
      this.#sides.consultation?.fallSilent();
      this.#sides.caller.clearLine();
      this.#put({ type: 'lineCleared' });
    },
    mergeLegs: () => this.#sides.human.merge(this.#isMerging),
    leaveCall: () => {
      const { caller, human } = this.#sides;
      this.#begin('the AI could not leave the call properly', [
        caller.leave(),
        human.closeConsultation(),
      ]);
    },
    returnCaller: async ({ event, outcome }) => {
      const reason = 'reason' in event ? event.reason : undefined;
      try {
        if (reason) await this.#note(this.#words.declineNote(JSON.stringify(reason)));
        await this.#sides.handOver(outcome!);
        this.#put({ type: 'callerReturned' });
      } catch (error) {
        log().error(
          { error },
          'the caller could not be given back to the AI, nor on to the next number',
        );
        this.#put({ type: 'returnFailed' });
      }
    },
    thankHuman: () => this.#dismissHuman('thankHuman'),
    partFromHuman: () => this.#dismissHuman('partFromHuman'),
    excuseCaller: () => this.#dismissHuman('excuseCaller'),
    releaseHuman: () => this.#releaseHuman(),
    endCall: ({ event }) => this.#sides.endCall(causeOf(event)),
    leaveToGuardian: ({ event }) => this.#sides.endCall(causeOf(event), 'guardian'),
  };

  /** The AI can do without knowing why. */
  async #note(text: string): Promise<void> {
    await this.#sides.caller
      .note(text)
      .catch((error: unknown) =>
        log().warn({ error }, 'the AI was not told why the human declined'),
      );
  }

  async #dismissHuman(how: keyof ConsultationWords['farewells']): Promise<void> {
    try {
      await this.#sides.consultation?.farewell(this.#words.farewells[how]);
    } finally {
      this.#releaseHuman();
    }
  }

  /** A move that is under way keeps it waiting for an answer that livekit-server may never give. */
  #releaseHuman(): void {
    this.#begin('the human could not be released properly', [this.#sides.human.release()]);
  }

  /** Not awaited: a hang-up may come at once, and the end of the call must not wait. */
  #begin(whenFailed: string, work: Promise<void>[]): void {
    const done = Promise.all(work).catch((error: unknown) => log().error({ error }, whenFailed));
    this.#begun = Promise.all([this.#begun, done]);
  }
}
