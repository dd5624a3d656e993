/**
 * The offer of one attempt, and whether a spoken acceptance of it counts. The model can ask; this decides.
 */
import { limits } from '../limits.ts';

export class Offer {
  /** Only the model of this attempt's consultation is told it. */
  readonly token: string;
  #isSpoken = false;
  #isAnswered = false;
  #isSpeaking = false;
  #quietSinceMs = -Infinity;
  /** What the human said into the end of the offer is yet to be understood. */
  #isStale = false;

  constructor(token: string) {
    this.token = token;
  }

  /** The offer was heard to its end. */
  spoken(): void {
    this.#isSpoken = true;
    this.#isAnswered = false;
    const quietMs = performance.now() - this.#quietSinceMs;
    this.#isStale = this.#isSpeaking || quietMs < limits.transcriptMs;
  }

  get isSpoken(): boolean {
    return this.#isSpoken;
  }

  /** The human begins to speak, or has stopped. */
  humanSpeaks(isSpeaking: boolean): void {
    if (isSpeaking) this.#isStale = false;
    else if (this.#isSpeaking) this.#quietSinceMs = performance.now();
    this.#isSpeaking = isSpeaking;
  }

  /** The speech-to-text service has understood something of the human; it may have been said a while ago. */
  humanSpoke(): void {
    this.#isAnswered = this.#isSpoken && !this.#isStale;
    this.#isStale = false;
  }

  /** True when the token is this attempt's, the offer was spoken, and the human has said something that they began since. */
  isAcceptedBy(token: string): boolean {
    return token === this.token && this.#isAnswered;
  }
}
