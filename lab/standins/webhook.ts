/**
 * A receiver of messages on loopback, as somebody who deploys the application would have one. It checks signatures by
 * itself, in the way that Standard Webhooks prescribes, and keeps a record of every request.
 *
 * Opened by the lab, once per network. It can be told to misbehave; it never forgets what it was sent.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { nowMs } from '../audio/clock.ts';

/** What it does with a request: takes it, refuses it with a status, or takes it and hangs up without an answer. */
export type Behaviour = 'accept' | 'hang up' | { refuse: number };

/** One request. Its answer is the status, or `hung up`. */
export type DeliveredMessage = {
  atMs: number;
  id: string;
  isSigned: boolean;
  body: { type: string; data: Record<string, unknown> };
  answer: number | 'hung up';
};

const toleranceS = 300;

export class WebhookStandIn {
  /** `whsec_` and the key, as the application is configured with it. */
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  /** Every request, in the order of arrival. */
  readonly requests: DeliveredMessage[] = [];
  readonly #server: Server;
  #behaviour: Behaviour = 'accept';
  #times = Infinity;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async open(): Promise<WebhookStandIn> {
    const standIn = new WebhookStandIn();
    await standIn.#listen(0);
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/messages`;
  }

  /** From the next request on, and for so many of them; then it accepts again. */
  behave(behaviour: Behaviour, times = Infinity): void {
    this.#behaviour = behaviour;
    this.#times = times;
  }

  hasAcknowledged(id: string): boolean {
    return this.requests.some((one) => one.id === id && isAcknowledged(one));
  }

  /** Is not reachable at all while `during` runs: connections are refused. */
  async down(during: () => Promise<void>): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    await this.close();
    await during().finally(() => this.#listen(port));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', () => resolve());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Somebody asks whether there is anybody here; that is no message.
    if (request.method !== 'POST') {
      response.writeHead(405, { allow: 'POST' }).end();
      return;
    }
    const behaviour = this.#times-- > 0 ? this.#behaviour : 'accept';
    const atMs = nowMs();
    const id = String(request.headers['webhook-id']);
    const body = await text(request);
    const isSigned = verifies({ headers: request.headers, body, secret: this.secret });
    const answer = this.#answerTo(behaviour, isSigned);
    const parsed = JSON.parse(body) as DeliveredMessage['body'];
    this.requests.push({ atMs, id, isSigned, body: parsed, answer });
    if (answer === 'hung up') request.socket.destroy();
    else response.writeHead(answer).end();
  }

  #answerTo(behaviour: Behaviour, isSigned: boolean): DeliveredMessage['answer'] {
    if (behaviour === 'hang up') return 'hung up';
    if (behaviour !== 'accept') return behaviour.refuse;
    return isSigned ? 204 : 401;
  }
}

export const isAcknowledged = ({ answer }: DeliveredMessage) =>
  answer !== 'hung up' && answer >= 200 && answer < 300;

/** https://www.standardwebhooks.com: HMAC-SHA256 over id, timestamp and body, and not older than five minutes. */
function verifies(options: {
  headers: IncomingMessage['headers'];
  body: string;
  secret: string;
}): boolean {
  const { headers, body, secret } = options;
  const [id, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']];
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceS) return false;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const wanted = createHmac('sha256', key)
    .update(`${String(id)}.${String(timestamp)}.${body}`)
    .digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice(3), 'base64'))
    .some((given) => given.length === wanted.length && timingSafeEqual(given, wanted));
}
