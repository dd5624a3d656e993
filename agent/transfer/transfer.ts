/**
 * One attempt to bring caller and human together. Facts go in through `put`; the table decides, one fact at a time;
 * the effects are performed here in the order of the table. Nothing is decided in a listener or after an await.
 */
import { log } from '@livekit/agents';
import type { Destination } from '../directory.ts';
import type { CallEvent } from '../call-events.ts';
import { limits } from '../limits.ts';
import { policies, type OutcomeKind } from '../outcome.ts';
import type { Telephony } from '../telephony.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { Consultation } from './consultation.ts';
import { type Effect, type Phase, type TransferEvent, table } from './table.ts';

/** What a transfer needs of the call that it belongs to. */
export type CallerSide = {
  roomName: string;
  /** Stops the hold audio and listens to the caller no more. */
  clearLine: () => Promise<void>;
  /** Stops the hold audio, says why, and listens again. Rejects when the AI is not there any more. */
  returnToAgent: (words: string) => Promise<void>;
  /** Closes the AI's session with `transfer_completed`; from here on the job only watches. */
  leave: () => Promise<void>;
  /** Begins the end of the whole call; does not wait for it. */
  end: (cause: 'callerLeft' | 'humanLeft' | 'returnFailed' | 'jobEnded') => void;
};

type Options = {
  attempt: string;
  destination: Destination;
  trunkId: string;
  human: string;
  consultRoom: string;
  consultation: Consultation;
  caller: CallerSide;
  telephony: Telephony;
  record: (event: CallEvent) => void;
};

const limitOfPhase: Record<Phase, number | undefined> = {
  dialing: limits.dialMs,
  ringing: limits.dialMs,
  briefing: limits.decisionMs,
  offered: limits.decisionMs,
  accepted: limits.clearLineMs,
  merging: limits.mergeMs,
  connected: undefined,
  returning: limits.returnMs,
  ended: undefined,
};

export class Transfer {
  readonly #options: Options;
  readonly #inbox: TransferEvent[] = [];
  #phase: Phase = 'dialing';
  #deciding = false;
  #outcome: OutcomeKind | undefined;
  #limit: NodeJS.Timeout | undefined;
  #dialing: Promise<void> | undefined;
  #performing: Promise<void> = Promise.resolve();
  #leaving: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Dials the human. The owner has registered `close` before. */
  start(): void {
    const { attempt, destination, record } = this.#options;
    record({ type: 'transferStarted', attempt, destination: destination.key });
    this.#armLimit();
    this.#dialing = this.#dial().finally(() => (this.#dialing = undefined));
  }

  /** Takes a fact; safe to call from any listener, in any order, at any time. */
  put(event: TransferEvent): void {
    this.#inbox.push(event);
    if (this.#deciding) return;
    this.#deciding = true;
    for (let next = this.#inbox.shift(); next; next = this.#inbox.shift()) this.#decide(next);
    this.#deciding = false;
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
    if (cell === 'never')
      return record({ type: 'unexpectedEvent', attempt, phase: from, event: event.type });
    this.#phase = cell.to;
    this.#armLimit();
    record({ type: 'phaseChanged', attempt, from, to: cell.to, on: event.type });
    if (cell.outcome) this.#settle(cell.outcome, event);
    for (const effect of cell.effects) {
      this.#performing = this.#performing.then(() => this.#perform(effect, event));
    }
  }

  #settle(outcome: OutcomeKind | 'reported', event: TransferEvent): void {
    const reported = event.type === 'dialRefused' ? event : undefined;
    const kind = outcome === 'reported' ? (reported?.outcome ?? 'unreachable') : outcome;
    this.#outcome = kind;
    this.#options.record({
      type: 'transferEnded',
      attempt: this.#options.attempt,
      outcome: kind,
      blame: policies[kind].blame,
      ...('by' in event && { by: event.by }),
      ...(reported?.sipStatus && { sipStatus: reported.sipStatus }),
    });
  }

  #armLimit(): void {
    clearTimeout(this.#limit);
    const limitMs = limitOfPhase[this.#phase];
    if (limitMs) this.#limit = setTimeout(() => this.put({ type: 'limitReached' }), limitMs);
  }

  async #perform(effect: Effect, event: TransferEvent): Promise<void> {
    try {
      await this.#effects[effect](event);
    } catch (error) {
      log().error({ error, effect }, 'an effect of the transfer failed');
    }
  }

  readonly #effects: Record<Effect, (event: TransferEvent) => Promise<void> | void> = {
    brief: () => {
      // Not awaited: the decision may come while the AI still speaks. Without words there is no offer, hence no merge.
      this.#options.consultation.brief().catch((error: unknown) => {
        log().error({ error }, 'the briefing failed');
        this.put({ type: 'limitReached' });
      });
    },
    clearLine: async () => {
      this.#options.consultation.fallSilent();
      await this.#options.caller.clearLine();
      this.put({ type: 'lineCleared' });
    },
    mergeLegs: () => this.#mergeLegs(),
    leaveCall: () => {
      // Not awaited: a hang-up may come at once, and must not wait until the AI has left.
      const left = [this.#options.caller.leave(), this.#closeConsultation()];
      this.#leaving = Promise.all(left).then(
        () => undefined,
        (error: unknown) => log().error({ error }, 'leaving the call failed'),
      );
    },
    returnCaller: async () => {
      const words = policies[this.#outcome ?? 'cancelled'].tellCaller(
        this.#options.destination.spokenName,
      );
      try {
        await this.#options.caller.returnToAgent(words);
        this.put({ type: 'callerReturned' });
      } catch (error) {
        log().error({ error }, 'the caller could not be given back to the AI');
        this.put({ type: 'returnFailed' });
      }
    },
    thankHuman: async () => {
      await this.#options.consultation.farewell('All right. Thank you, goodbye.');
      await this.#releaseHuman();
    },
    excuseCaller: async () => {
      await this.#options.consultation.farewell('The caller has just hung up. Goodbye.');
      await this.#releaseHuman();
    },
    releaseHuman: () => this.#releaseHuman(),
    endCall: (event) => this.#options.caller.end(causeOf(event)),
  };

  async #dial(): Promise<void> {
    const { telephony, trunkId, destination, consultRoom, human, consultation } = this.#options;
    const room = await telephony.createRoom(consultRoom).catch((error: unknown) => {
      log().error({ error }, 'the consult room could not be created');
      this.put({ type: 'dialRefused', outcome: 'trunk_failed' });
    });
    if (!room || this.#phase !== 'dialing') return;
    // A consultation that cannot be opened shows when it is to speak; until then the phone may ring.
    consultation.open().catch(() => undefined);
    const [number] = destination.numbers;
    const { ringLimitS } = destination;
    const result = await telephony.dial({ trunkId, number, room, identity: human, ringLimitS });
    if (result.kind === 'answered') return this.put({ type: 'humanAnswered' });
    if (result.kind === 'timedOut') return this.put({ type: 'dialTimedOut' });
    log().warn({ outcome: result.outcome, detail: result.detail }, 'the dial was refused');
    const { outcome, sipStatus } = result;
    this.put({ type: 'dialRefused', outcome, ...(sipStatus && { sipStatus }) });
  }

  /**
   * A failed request is not an answer and neither is a good one. Seeing the human join the call room is (`merged`, put
   * by the watch); when the request is over and that was not seen, look who is where.
   */
  async #mergeLegs(): Promise<void> {
    const { telephony, consultRoom, human, caller } = this.#options;
    await telephony
      .move({ identity: human, from: consultRoom, to: caller.roomName })
      .catch((error: unknown) => log().warn({ error }, 'the request to move the human failed'));
    for (let looks = 1; this.#phase === 'merging'; looks++) {
      const inCall = (await telephony.whoIsIn(caller.roomName)).includes(human);
      const inConsult = !inCall && (await telephony.whoIsIn(consultRoom)).includes(human);
      if (inCall) this.put({ type: 'merged' });
      else if (inConsult) this.put({ type: 'mergeFailed' });
      else if (looks === limits.mergeLooks) this.put({ type: 'humanLeft' });
      else await delay(limits.mergeLookMs);
    }
  }

  async #closeConsultation(): Promise<void> {
    await this.#options.consultation.close();
    await this.#deleteConsultRoom();
  }

  /** Ends the human's leg wherever it may be: ringing, in the consult room, or already moved. */
  async #releaseHuman(): Promise<void> {
    const { telephony, caller, human, consultation } = this.#options;
    await Promise.all([
      this.#deleteConsultRoom(),
      telephony.hangUp({ room: caller.roomName, identity: human }),
    ]);
    await consultation.close();
  }

  /** A dial that is still on its way would open the room again, so this goes on until the dial has an end, too. */
  async #deleteConsultRoom(): Promise<void> {
    const { telephony, consultRoom, record } = this.#options;
    let tookMs = await telephony.deleteRoom(consultRoom);
    while (this.#dialing) {
      await Promise.race([this.#dialing, delay(limits.cancelAgainMs)]);
      tookMs += await telephony.deleteRoom(consultRoom);
    }
    record({ type: 'roomGone', room: 'consult', tookMs });
  }
}

function causeOf(event: TransferEvent): 'callerLeft' | 'humanLeft' | 'returnFailed' | 'jobEnded' {
  if (event.type === 'callerLeft' || event.type === 'humanLeft') return event.type;
  return event.type === 'jobEnding' ? 'jobEnded' : 'returnFailed';
}
