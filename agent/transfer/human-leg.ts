/**
 * The human's leg: dialled into the consult room, moved into the call room, released. Reports facts, decides nothing.
 */
import { log } from '@livekit/agents';
import { setTimeout as delay } from 'node:timers/promises';
import type { Recorder } from '../call-events.ts';
import type { Candidate } from '../directory/candidates.ts';
import type { ConsultMark } from '../guardian/mark.ts';
import { limits } from '../limits.ts';
import { type Telephony, cannotMove } from '../telephony.ts';
import type { Consultation } from './consultation.ts';
import { dialFailure } from './dial-outcome.ts';
import type { TransferEvent } from './vocabulary.ts';

export type HumanLegOptions = {
  telephony: Telephony;
  consultation: Consultation;
  trunkId: string;
  candidate: Candidate;
  /** The number that their phone shows; the trunk's own when undefined. */
  fromNumber: string | undefined;
  identity: string;
  consultRoom: string;
  callRoom: string;
  /** Of the consult room. */
  mark: ConsultMark;
  put: (event: TransferEvent) => void;
  record: Recorder;
};

/** What a transfer needs of the other side, whichever way it goes there. */
export type HumanSide = Pick<HumanLeg, 'dial' | 'merge' | 'release' | 'closeConsultation'>;

export class HumanLeg {
  readonly #options: HumanLegOptions;
  #dialing: Promise<void> | undefined;
  #released = false;
  #isGoneOnRecord = false;
  #moving: Promise<void> | undefined;

  constructor(options: HumanLegOptions) {
    this.#options = options;
  }

  /** Opens the consult room and rings the human in it. Returns at once; the result comes as a fact. */
  dial(): void {
    this.#dialing = this.#dial().finally(() => (this.#dialing = undefined));
  }

  async #dial(): Promise<void> {
    const { telephony, consultation, trunkId, candidate, consultRoom, identity, mark, put } =
      this.#options;
    try {
      await telephony.createRoom(consultRoom, mark);
    } catch (error) {
      log().error({ error }, 'the consult room could not be created');
      return put({ type: 'dialRefused', outcome: 'trunk_failed' });
    }
    if (this.#released) return;
    // A consultation that cannot be opened shows when it is to speak; until then the phone may ring.
    consultation.open().catch(() => undefined);
    const { number, destination } = candidate;
    const { ringLimitS, headers } = destination;
    const { fromNumber } = this.#options;
    const to = { trunkId, number, fromNumber, headers, ringLimitS };
    try {
      await telephony.dial({ ...to, room: consultRoom, identity, mark });
    } catch (error) {
      return this.#onDialFailed(error);
    }
    put({ type: 'humanAnswered' });
    // Who hung up as soon as they had answered was seen leaving before that, when it meant nothing.
    const there = await telephony.whoIsIn(consultRoom).catch(() => [identity]);
    if (!there.includes(identity)) put({ type: 'humanLeft' });
  }

  #onDialFailed(error: unknown): void {
    // We took it back ourselves; it looks like a phone that nobody answered.
    if (this.#released) return;
    const { outcome, sipStatus, detail } = dialFailure(error);
    log().warn({ outcome, detail }, 'the dial failed');
    const told = sipStatus ? { sipStatus } : {};
    this.#options.put(
      outcome === 'unanswered'
        ? { type: 'dialUnanswered', ...told }
        : { type: 'dialRefused', outcome, ...told },
    );
  }

  /**
   * Moves the human into the call room. A failed request is not an answer and neither is a good one: seeing the human
   * join is (`merged`, put by the watch). When the request is over, or has taken too long, and that was not seen, look who
   * is where.
   * @param stillMerging says whether the answer is still wanted.
   */
  async merge(stillMerging: () => boolean): Promise<void> {
    const { telephony, identity, consultRoom, callRoom, put } = this.#options;
    this.#moving = telephony
      .move({ identity, from: consultRoom, to: callRoom })
      .catch(logFailedMove)
      .finally(() => (this.#moving = undefined));
    // Not longer than the answer is wanted: it may be lost although the human was seen.
    const giveUpAtMs = Date.now() + limits.moveAnswerMs;
    while (this.#moving !== undefined && stillMerging() && Date.now() < giveUpAtMs) {
      await Promise.race([this.#moving, delay(limits.mergeLookMs)]);
    }
    let looksLeft = limits.mergeLooks;
    while (stillMerging()) {
      // A look that fails says nothing; the limit of the phase ends the looking when the server is gone.
      const place = await this.#whereIsHuman().catch(() => 'unknown' as const);
      // What was seen may be older than what the watch has reported in the meantime.
      if (!stillMerging()) return;
      if (place === 'call') put({ type: 'merged' });
      else if (place === 'consult') put({ type: 'mergeFailed' });
      else if (place === 'nowhere' && --looksLeft === 0) put({ type: 'humanLeft' });
      else await delay(limits.mergeLookMs);
    }
  }

  async #whereIsHuman(): Promise<'call' | 'consult' | 'nowhere'> {
    const { telephony, identity, consultRoom, callRoom } = this.#options;
    if ((await telephony.whoIsIn(callRoom)).includes(identity)) return 'call';
    return (await telephony.whoIsIn(consultRoom)).includes(identity) ? 'consult' : 'nowhere';
  }

  /** Ends the leg wherever it may be: ringing, in the consult room, or already moved. */
  async release(): Promise<void> {
    const { telephony, callRoom, identity } = this.#options;
    const hangUp = () => telephony.hangUp({ room: callRoom, identity });
    const moving = this.#moving;
    await Promise.all([this.closeConsultation(), hangUp()]);
    // A move that was under way meanwhile may have put the human where they had just been looked for.
    await moving?.then(hangUp);
  }

  /**
   * Ends what is in the consult room, the human first, and then the room. Taking the human out cancels the dial, again
   * and again until it has come to its end. The room itself goes last: an AI that is still joining would open it again.
   */
  async closeConsultation(): Promise<void> {
    const { telephony, consultation, consultRoom, identity, record } = this.#options;
    this.#released = true;
    const release = () =>
      telephony
        .hangUp({ room: consultRoom, identity })
        .catch((error: unknown) => log().warn({ error }, 'the human could not be taken out'));
    await release();
    while (this.#dialing) {
      await Promise.race([this.#dialing, delay(limits.cancelAgainMs)]);
      await release();
    }
    await consultation.close();
    const tookMs = await telephony.deleteRoom(consultRoom);
    if (!this.#isGoneOnRecord) record({ type: 'roomGone', room: 'consult', tookMs });
    this.#isGoneOnRecord = true;
  }
}

function logFailedMove(error: unknown): void {
  if (!cannotMove(error)) return log().warn({ error }, 'the request to move the human failed');
  log().error(
    { error },
    'this livekit-server has no MoveParticipant, so nobody can be connected: the merge needs LiveKit Cloud or the server in lab/server (README.md, "Run it with your own number")',
  );
}
