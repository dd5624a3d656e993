/**
 * A simulated telephone: a number, a pilot tone, and what it does when it is called.
 *
 * Made by `exchange.phone`. It can be in several calls at once, as a number with several lines is. What happens within a
 * call is PhoneCall's.
 */
import { AwaitedList } from './awaited-list.ts';
import { challengeFor, isAnswered } from './digest.ts';
import { IncomingCall, type WhenCalled } from './incoming-call.ts';
import { type DialOptions, OutgoingCall } from './outgoing-call.ts';
import type { CallContext, PhoneCall } from './phone-call.ts';
import type { Referred } from './refer.ts';
import { headerOf, responseTo, type SipRequest, uniqueToken } from './sip-message.ts';

export type PhoneOptions = {
  /** For people: 'caller', 'human'. */
  name: string;
  /** The user part under which it is called, and with which it presents itself. */
  number: string;
  /** 1 to 15; the first six are told apart even when two are heard at once. */
  pilot: number;
};

/** What the exchange lends to its phones. */
export type PhoneContext = {
  callContext: (phone: Phone, callId: string) => CallContext;
  register: (call: PhoneCall) => void;
};

/** The realm of our challenges; any name will do. */
const REALM = 'lab';

export class Phone {
  readonly name: string;
  readonly number: string;
  readonly pilot: number;
  readonly #context: PhoneContext;
  readonly #calls: PhoneCall[] = [];
  readonly #incoming = new AwaitedList<IncomingCall>();
  readonly #claimed = new Set<IncomingCall>();
  readonly #nonce = uniqueToken();
  #whenCalled: WhenCalled = { then: { reject: 480 } };
  #whenReferred: Referred = { refuse: 603 };

  constructor({ name, number, pilot }: PhoneOptions, context: PhoneContext) {
    this.name = name;
    this.number = number;
    this.pilot = pilot;
    this.#context = context;
  }

  /** Every call of this phone, in order. */
  get calls(): readonly PhoneCall[] {
    return this.#calls;
  }

  get referred(): Referred {
    return this.#whenReferred;
  }

  /** Calls a SIP address and returns at once; wait with `answered`. Throws when the address is none. */
  dial(options: DialOptions): OutgoingCall {
    const callId = `${uniqueToken()}@lab`;
    const context = this.#context.callContext(this, callId);
    const call = new OutgoingCall(context, callId, { displayName: this.name, ...options });
    this.#calls.push(call);
    this.#context.register(call);
    void call.start();
    return call;
  }

  /** What to do with calls from now on. A phone that was told nothing refuses with 480. */
  whenCalled(behaviour: WhenCalled): void {
    this.#whenCalled = behaviour;
  }

  /** What to do with a REFER from now on. A phone that was told nothing refuses with 603. */
  whenReferred(behaviour: Referred): void {
    this.#whenReferred = behaviour;
  }

  /** The next call that was not handed out yet; it may be there already, or over. Rejects at the limit. */
  async incoming(limitMs: number): Promise<IncomingCall> {
    const { item: call } = await this.#incoming.first(
      (candidate) => !this.#claimed.has(candidate),
      limitMs,
      (why) => new Error(`Nobody called ${this.name} (${this.number}) ${why}.`),
    );
    this.#claimed.add(call);
    return call;
  }

  /** For the exchange: an INVITE to this phone's number. */
  receive(invite: SipRequest): void {
    const behaviour = this.#whenCalled;
    const context = this.#context.callContext(this, headerOf(invite, 'Call-ID'));
    const given = headerOf(invite, 'Authorization');
    const expected = { method: 'INVITE', nonce: this.#nonce };
    if (behaviour.requireDigest && !isAnswered(given, expected, behaviour.requireDigest)) {
      const headers: [string, string][] = [['WWW-Authenticate', challengeFor(REALM, this.#nonce)]];
      const answer = responseTo(invite, 401, { toTag: uniqueToken(), headers });
      context.endpoint.respond(invite, answer);
      return;
    }
    const call = new IncomingCall(context, invite);
    this.#calls.push(call);
    this.#context.register(call);
    call.start(behaviour);
    this.#incoming.add(call);
  }
}
