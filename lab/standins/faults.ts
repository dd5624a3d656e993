/**
 * What can go wrong with a provider, as seen from the application: refused, cut off, or silent.
 *
 * Each stand-in owns one FaultSwitch and asks it at every request, handshake and message. Scenarios set
 * faults through `openStandIns()`. Left out: delays (each stand-in has latencies) and wrong content (scripts).
 */

/** One fault. Set again to replace, `heal()` to end it. */
export type Fault =
  /** New requests and handshakes get this HTTP status, `times` times (default: until healed). */
  | { kind: 'refuse'; status: number; times?: number }
  /** After this many further messages to the application the socket is destroyed, once. */
  | { kind: 'drop'; afterMessages: number }
  /** After this many further messages nothing more is sent, but sockets stay open, until healed. */
  | { kind: 'stall'; afterMessages: number };

/** What to do with the message that is about to be sent. */
export type Passage = 'send' | 'drop' | 'swallow';

/** The current fault of one stand-in, counted down as it takes effect. */
export class FaultSwitch {
  #fault: Fault | undefined;

  /** Replaces the current fault; counting starts anew. */
  set(fault: Fault): void {
    this.#fault = { ...fault };
  }

  /** Ends the current fault. Messages swallowed by a stall stay lost. */
  heal(): void {
    this.#fault = undefined;
  }

  get isHealed(): boolean {
    return this.#fault === undefined;
  }

  /** The HTTP status to refuse a new request or handshake with, or undefined to serve it. */
  refusal(): number | undefined {
    const fault = this.#fault;
    if (fault?.kind !== 'refuse') return undefined;
    if (fault.times !== undefined) {
      if (fault.times <= 0) return undefined;
      fault.times -= 1;
      if (fault.times === 0) this.#fault = undefined;
    }
    return fault.status;
  }

  /** Decides about one message to the application, and counts it. */
  passage(): Passage {
    const fault = this.#fault;
    if (fault === undefined || fault.kind === 'refuse') return 'send';
    if (fault.afterMessages > 0) {
      fault.afterMessages -= 1;
      return 'send';
    }
    if (fault.kind === 'stall') return 'swallow';
    this.#fault = undefined;
    return 'drop';
  }
}
