/**
 * A telephone exchange of simulated phones: one UDP socket for the SIP of all of them, one 20 ms clock for their audio.
 *
 * Opened by the lab and by tests; hands out phones and routes what arrives to them by the number that was called. All of it is
 * on loopback. It leaves out registration: phones are reached at the exchange's address, as numbers behind a trunk are.
 */
import type { CodeBook } from '../audio/codes.ts';
import type { Voice } from '../audio/speech.ts';
import { tagOf, userOf } from './dialog.ts';
import { type LadderEntry, ladderEntry } from './ladder.ts';
import type { PhoneCall } from './phone-call.ts';
import { Phone, type PhoneOptions } from './phone.ts';
import { SipEndpoint } from './sip-endpoint.ts';
import { headerOf, responseTo, type SipRequest, uniqueToken } from './sip-message.ts';
import { Ticker } from './ticker.ts';

export type ExchangeOptions = {
  /** An IPv4 address of this machine: '127.0.0.1'. */
  host: string;
  /** Shared with whoever else speaks or listens in the lab. */
  codes: CodeBook;
  /** Keeps what every phone hears, for export; 16 kB per second and call. */
  record?: boolean;
  /** The espeak-ng program; by default found on the path. */
  voice?: Voice | undefined;
};

/** A number may be called with its plus sign or without. */
const bare = (number: string): string => number.replace(/^\+/, '');

export class PhoneExchange {
  readonly #options: ExchangeOptions;
  readonly #ticker = new Ticker();
  readonly #phones = new Map<string, Phone>();
  readonly #calls = new Map<string, PhoneCall>();
  readonly #ladders = new Map<string, LadderEntry[]>();
  #endpoint!: SipEndpoint;

  private constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Binds an ephemeral SIP port of `host`. */
  static async open(options: ExchangeOptions): Promise<PhoneExchange> {
    const exchange = new PhoneExchange(options);
    exchange.#endpoint = await SipEndpoint.open({
      host: options.host,
      onRequest: (request) => exchange.#received(request),
      trace: (direction, message, atMs) => {
        const callId = headerOf(message, 'Call-ID');
        exchange.#ladderOf(callId).push(ladderEntry(direction, message, atMs));
      },
    });
    return exchange;
  }

  /** The SIP port, for trunks to send calls to. */
  get port(): number {
    return this.#endpoint.port;
  }

  get host(): string {
    return this.#options.host;
  }

  /** Of every phone. */
  get numbers(): readonly string[] {
    return [...this.#phones.values()].map(({ number }) => number);
  }

  /** Every call of every phone, in order. */
  get calls(): readonly PhoneCall[] {
    return [...this.#calls.values()];
  }

  /** A new phone. Throws when the number is taken. */
  phone(options: PhoneOptions): Phone {
    if (this.#phones.has(bare(options.number))) {
      throw new Error(`The number ${options.number} already has a phone: give this one another.`);
    }
    const phone = new Phone(options, {
      callContext: (of, callId) => this.#contextOf(of, callId),
      register: (call) => this.#calls.set(call.callId, call),
    });
    this.#phones.set(bare(options.number), phone);
    return phone;
  }

  /** Hangs up whatever is still up, waits for nobody's answer, and closes every socket. */
  async close(): Promise<void> {
    for (const call of this.#calls.values()) {
      call.hangUp();
      call.release();
    }
    await this.#endpoint.close();
  }

  #contextOf(phone: Phone, callId: string) {
    const { host, codes, record = false, voice } = this.#options;
    return {
      endpoint: this.#endpoint,
      place: { host, port: this.port, user: phone.number },
      audio: {
        host,
        codes,
        record,
        ticker: this.#ticker,
        pilot: phone.pilot,
        voice,
      },
      ladder: this.#ladderOf(callId),
      referred: () => phone.referred,
    };
  }

  #ladderOf(callId: string): LadderEntry[] {
    const known = this.#ladders.get(callId);
    if (known) return known;
    const ladder: LadderEntry[] = [];
    this.#ladders.set(callId, ladder);
    return ladder;
  }

  #received(request: SipRequest): void {
    const call = this.#calls.get(headerOf(request, 'Call-ID'));
    const isInDialog = tagOf(headerOf(request, 'To')) !== undefined;
    if (request.method === 'CANCEL' && call) call.receiveCancel(request);
    else if (isInDialog && call) call.receive(request);
    else if (isInDialog || request.method === 'CANCEL') this.#refuse(request, 481);
    else if (request.method === 'OPTIONS') this.#refuse(request, 200);
    else if (request.method !== 'INVITE') this.#refuse(request, 501);
    // Two phones of one exchange that called each other would be two calls with one Call-ID.
    else if (call) this.#refuse(request, 482);
    else this.#called(request);
  }

  #called(invite: SipRequest): void {
    const phone = this.#phones.get(bare(userOf(invite.uri)));
    if (phone) phone.receive(invite);
    else this.#refuse(invite, 404);
  }

  #refuse(request: SipRequest, status: number): void {
    this.#endpoint.respond(request, responseTo(request, status, { toTag: uniqueToken() }));
  }
}
