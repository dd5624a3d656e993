/**
 * How far a call has come, when, and how it ended: facts that only move forward.
 *
 * Owned by PhoneCall, which moves it. It sends nothing and knows nothing of SIP.
 */
import { nowMs } from '../audio/clock.ts';
import { ofTime } from '../starvation/of-time.ts';
import { type Deferred, deferred } from './deferred.ts';

export type CallState = 'dialing' | 'ringing' | 'answered' | 'ended';

export type Ending = {
  atMs: number;
  by: 'us' | 'them';
  /** 'failed': no answer to our INVITE at all, or one that no phone can use. 'vanished': we went without a word. */
  how: 'BYE' | 'CANCEL' | 'rejected' | 'failed' | 'vanished';
  /** The final status, where there was one. */
  status?: number;
};

export class CallProgress {
  readonly #answered: Deferred<{ atMs: number }> = deferred();
  readonly #ended: Deferred<Ending> = deferred();
  /** Words an error with what is known of the call. */
  readonly #error: (what: string) => Error;
  #state: CallState = 'dialing';
  #invitedAtMs: number | undefined;
  #ringingAtMs: number | undefined;
  #answeredAtMs: number | undefined;
  #ending: Ending | undefined;

  constructor(error: (what: string) => Error) {
    this.#error = error;
    // Nobody may be waiting for the answer; who is waits through answered().
    this.#answered.promise.catch(() => {});
  }

  get state(): CallState {
    return this.#state;
  }
  get invitedAtMs(): number | undefined {
    return this.#invitedAtMs;
  }
  get ringingAtMs(): number | undefined {
    return this.#ringingAtMs;
  }
  get answeredAtMs(): number | undefined {
    return this.#answeredAtMs;
  }
  get ending(): Ending | undefined {
    return this.#ending;
  }
  /** Settles once; never rejects. */
  get ended(): Promise<Ending> {
    return this.#ended.promise;
  }

  /** Only the first INVITE counts: a second one, with a password, is the same call. */
  invite(): void {
    this.#invitedAtMs ??= nowMs();
  }

  ring(): void {
    if (this.#state !== 'dialing') return;
    this.#state = 'ringing';
    this.#ringingAtMs = nowMs();
  }

  answer(): void {
    if (this.#state === 'answered' || this.#state === 'ended') return;
    this.#state = 'answered';
    const atMs = nowMs();
    this.#answeredAtMs = atMs;
    this.#answered.resolve({ atMs });
  }

  /** First wins: what ended the call is what ended it. Returns whether this did. */
  end(ending: Omit<Ending, 'atMs'>): boolean {
    if (this.#ending) return false;
    this.#ending = { atMs: nowMs(), ...ending };
    this.#state = 'ended';
    const status = ending.status === undefined ? '' : ` ${ending.status}`;
    this.#answered.reject(ofTime(this.#error(`ended (${ending.how}${status}, by ${ending.by})`)));
    this.#ended.resolve(this.#ending);
    return true;
  }

  /** Resolves when the call is answered; rejects when it ends before, or at the limit. */
  async answered(limitMs: number): Promise<{ atMs: number }> {
    const limit = deferred<never>();
    const timer = setTimeout(
      () => limit.reject(ofTime(this.#error(`was not answered within ${limitMs} ms`))),
      limitMs,
    );
    return Promise.race([this.#answered.promise, limit.promise]).finally(() => clearTimeout(timer));
  }
}
