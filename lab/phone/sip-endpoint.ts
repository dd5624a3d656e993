/**
 * One UDP socket that speaks SIP for many phones: transactions and their retransmissions (RFC 3261, section 17).
 *
 * Used by the exchange. It knows nothing of calls: requests go up to `onRequest`, responses to whoever sent the request.
 * It leaves out TCP, DNS and proxies; a destination is an address of this machine.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { nowMs } from '../audio/clock.ts';
import {
  cseqOf,
  formatSip,
  headerOf,
  headersOf,
  parameterOf,
  parseSip,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from './sip-message.ts';

/** RFC 3261's T1 and T2, and the 64 * T1 after which a transaction is over. */
const T1_MS = 500;
const T2_MS = 4000;
const TRANSACTION_LIMIT_MS = 64 * T1_MS;

export type Destination = { host: string; port: number };
export type Trace = (direction: 'sent' | 'received', message: SipMessage, atMs: number) => void;
/** Called once per response, and again for each repeated 2xx to an INVITE. Undefined: nothing came within the limit. */
export type OnResponse = (response: SipResponse | undefined) => void;

type Resending = { stop: () => void };
type ClientTransaction = Resending & {
  request: SipRequest;
  to: Destination;
  onResponse: OnResponse;
  stage: 'sent' | 'ringing' | 'answered';
};
type ServerTransaction = Resending & { from: Destination; answer?: SipResponse };

export type SipEndpointOptions = {
  host: string;
  /** Called once per request; retransmissions and ACKs are dealt with here. */
  onRequest: (request: SipRequest) => void;
  trace: Trace;
};

const branchOf = (message: SipMessage): string =>
  parameterOf(headersOf(message, 'Via')[0]?.split(',')[0] ?? '', 'branch') ?? '';
const keyOf = (message: SipMessage): string => `${branchOf(message)} ${cseqOf(message).method}`;
/** An ACK has the INVITE's number, whether or not it has its branch. */
const ackKeyOf = (message: SipMessage): string =>
  `${headerOf(message, 'Call-ID')} ${cseqOf(message).number}`;

export class SipEndpoint {
  readonly #socket: Socket;
  readonly #options: SipEndpointOptions;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #awaitingAck = new Map<string, ServerTransaction>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #lastSend: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(socket: Socket, options: SipEndpointOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (datagram, from) => this.#received(datagram, from));
    // A port that nobody listens on answers with ICMP; retransmission and its limit already cover that.
    socket.on('error', () => {});
  }

  /** Binds an ephemeral port of `host`. */
  static async open(options: SipEndpointOptions): Promise<SipEndpoint> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, options.host, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    return new SipEndpoint(socket, options);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends a request and repeats it until it is answered, for 32 s at most. */
  request(request: SipRequest, to: Destination, onResponse: OnResponse): void {
    const isInvite = request.method === 'INVITE';
    const key = keyOf(request);
    const resending = this.#resend(request, to, isInvite ? Infinity : T2_MS);
    const transaction: ClientTransaction = { ...resending, request, to, onResponse, stage: 'sent' };
    this.#clients.set(key, transaction);
    this.#later(TRANSACTION_LIMIT_MS, () => {
      resending.stop();
      // An INVITE that rings may ring for as long as it likes: patience is its owner's business.
      if (transaction.stage !== 'sent') return;
      this.#clients.delete(key);
      onResponse(undefined);
    });
  }

  /** Sends a message once: an ACK, or a request at the very end of the endpoint's life. */
  send(message: SipMessage, to: Destination): void {
    if (this.#closed) return;
    this.#options.trace('sent', message, nowMs());
    this.#lastSend = new Promise((resolve) =>
      this.#socket.send(formatSip(message), to.port, to.host, () => resolve()),
    );
  }

  /**
   * Answers a request. A final answer to an INVITE is repeated until its ACK comes, for 32 s at most.
   * @param onNoAck is called when none has come by then.
   */
  respond(request: SipRequest, answer: SipResponse, onNoAck?: () => void): void {
    const transaction = this.#servers.get(keyOf(request));
    if (!transaction) return;
    transaction.stop();
    transaction.answer = answer;
    if (request.method === 'INVITE' && answer.status >= 200) {
      transaction.stop = this.#resend(answer, transaction.from, T2_MS).stop;
      this.#awaitingAck.set(ackKeyOf(request), transaction);
      this.#later(TRANSACTION_LIMIT_MS, () => {
        const isAwaited = this.#awaitingAck.get(ackKeyOf(request)) === transaction;
        this.#forgetInvite(request);
        if (isAwaited) onNoAck?.();
      });
    } else {
      this.send(answer, transaction.from);
    }
  }

  /** Stops every retransmission and closes the socket, once what was sent has left. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#lastSend;
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  #received(datagram: Buffer, from: RemoteInfo): void {
    const message = parseSip(datagram);
    if (!message || this.#closed) return;
    this.#options.trace('received', message, nowMs());
    if (message.kind === 'response') this.#receivedResponse(message);
    else this.#receivedRequest(message, { host: from.address, port: from.port });
  }

  #receivedRequest(request: SipRequest, from: Destination): void {
    if (request.method === 'ACK') {
      this.#awaitingAck.get(ackKeyOf(request))?.stop();
      this.#awaitingAck.delete(ackKeyOf(request));
      return;
    }
    const key = keyOf(request);
    const known = this.#servers.get(key);
    if (known) {
      if (known.answer) this.send(known.answer, known.from);
      return;
    }
    this.#servers.set(key, { from, stop: () => {} });
    if (request.method !== 'INVITE')
      this.#later(TRANSACTION_LIMIT_MS, () => this.#servers.delete(key));
    this.#options.onRequest(request);
  }

  #receivedResponse(response: SipResponse): void {
    const key = keyOf(response);
    const transaction = this.#clients.get(key);
    if (!transaction) return;
    const isInvite = transaction.request.method === 'INVITE';
    if (response.status < 200) {
      if (transaction.stage === 'answered') return;
      if (isInvite) {
        transaction.stop();
        transaction.stage = 'ringing';
      }
      transaction.onResponse(response);
      return;
    }
    transaction.stop();
    const first = transaction.stage !== 'answered';
    transaction.stage = 'answered';
    if (isInvite && response.status >= 300)
      this.send(ackTo(transaction.request, response), transaction.to);
    if (first) this.#later(TRANSACTION_LIMIT_MS, () => this.#clients.delete(key));
    if (first || (isInvite && response.status < 300)) transaction.onResponse(response);
  }

  /** Sends now and again after T1, 2 T1, 4 T1... but never more than `longestMs` apart, within the limit. */
  #resend(message: SipMessage, to: Destination, longestMs: number): Resending {
    let timer: NodeJS.Timeout | undefined;
    let spentMs = 0;
    const again = (waitMs: number): void => {
      this.send(message, to);
      spentMs += waitMs;
      if (spentMs >= TRANSACTION_LIMIT_MS) return;
      timer = this.#later(waitMs, () => again(Math.min(2 * waitMs, longestMs)));
    };
    again(T1_MS);
    return { stop: () => this.#forget(timer) };
  }

  #forgetInvite(invite: SipRequest): void {
    this.#servers.delete(keyOf(invite));
    this.#awaitingAck.delete(ackKeyOf(invite));
  }

  #later(delayMs: number, action: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
    return timer;
  }

  #forget(timer: NodeJS.Timeout | undefined): void {
    if (!timer) return;
    clearTimeout(timer);
    this.#timers.delete(timer);
  }
}

/** The ACK for a refused INVITE: part of its transaction (RFC 3261, section 17.1.1.3). */
function ackTo(invite: SipRequest, response: SipResponse): SipRequest {
  const kept = ['From', 'Call-ID', 'Route', 'Max-Forwards'];
  const headers = invite.headers.filter(([name]) => kept.includes(name));
  return {
    kind: 'request',
    method: 'ACK',
    uri: invite.uri,
    headers: [
      ['Via', headerOf(invite, 'Via')],
      ...headers,
      ['To', headerOf(response, 'To')],
      ['CSeq', `${cseqOf(invite).number} ACK`],
    ],
    body: '',
  };
}
