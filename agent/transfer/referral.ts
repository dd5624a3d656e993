/**
 * The cold way to a department: the caller's own provider is asked to call it (SIP REFER, RFC 3515), and we are out of the
 * call. It stands where human-leg.ts stands in a warm transfer. There is no briefing, no offer and nothing to merge.
 */
import { log } from '@livekit/agents';
import type { Candidate } from '../directory/candidates.ts';
import type { Telephony } from '../telephony.ts';
import { dialFailure } from './dial-outcome.ts';
import type { HumanSide } from './human-leg.ts';
import type { TransferEvent } from './vocabulary.ts';

type Options = {
  telephony: Telephony;
  candidate: Candidate;
  caller: { room: string; identity: string };
  /** Resolves when the caller has heard what is about to happen. */
  announced: () => Promise<void>;
  put: (event: TransferEvent) => void;
};

export class Referral implements HumanSide {
  readonly #options: Options;
  #released = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Asks for the referral once the caller knows of it. Returns at once; the result comes as a fact. */
  dial(): void {
    void this.#refer();
  }

  async #refer(): Promise<void> {
    const { telephony, candidate, caller, announced, put } = this.#options;
    const { ringLimitS, headers } = candidate.destination;
    try {
      await announced();
      // Meanwhile the attempt may have ended.
      if (this.#released) return;
      await telephony.refer({ ...caller, to: candidate.number, ringLimitS, headers });
      put({ type: 'referred' });
    } catch (error) {
      const { outcome, sipStatus, detail } = dialFailure(error);
      log().warn({ outcome, detail }, 'the referral failed');
      const told = sipStatus ? { sipStatus } : {};
      if (outcome === 'unanswered') put({ type: 'dialUnanswered', ...told });
      else put({ type: 'dialRefused', outcome, ...told });
    }
  }

  /** Nobody is referred any more; a referral that was asked for cannot be taken back. */
  async release(): Promise<void> {
    this.#released = true;
  }

  // There is no leg of ours that could be moved.
  async merge(): Promise<void> {}
  async closeConsultation(): Promise<void> {}
}
