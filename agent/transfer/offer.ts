/**
 * The offer of one attempt, and whether a spoken acceptance of it counts. The model can ask; this decides.
 */
export class Offer {
  /** Only the model of this attempt's consultation is told it. */
  readonly token: string;
  #spokenAtMs: number | undefined;
  #humanSpokeAtMs: number | undefined;

  constructor(token: string) {
    this.token = token;
  }

  /** The offer was heard to its end. */
  spoken(): void {
    this.#spokenAtMs = performance.now();
  }

  get isSpoken(): boolean {
    return this.#spokenAtMs !== undefined;
  }

  /** The speech-to-text service has understood something of the human. */
  humanSpoke(): void {
    this.#humanSpokeAtMs = performance.now();
  }

  /** True when the token is this attempt's, the offer was spoken, and the human has said something since. */
  isAcceptedBy(token: string): boolean {
    const [spoken, answered] = [this.#spokenAtMs, this.#humanSpokeAtMs];
    return (
      token === this.token && spoken !== undefined && answered !== undefined && answered > spoken
    );
  }
}
