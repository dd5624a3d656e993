/**
 * Takes LiveKit's webhooks, so that a guardian looks at once and not only in a moment. Nothing depends on them: they may be lost,
 * late or doubled. What is not signed by our project, and what was seen before, is refused.
 * https://docs.livekit.io/home/server/webhooks/
 */
import { once } from 'node:events';
import { type IncomingMessage, type Server, createServer } from 'node:http';
import { log } from '@livekit/agents';
import { WebhookReceiver } from 'livekit-server-sdk';
import { limits } from '../limits.ts';
import type { Credentials } from '../server-api.ts';
import { readMark } from './mark.ts';

const maxBytes = 256 * 1024;
/** Anybody can connect, and the worker needs its files for calls. LiveKit itself is quick, and repeats what it could not deliver. */
const restraint = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
};
const maxConnections = 50;
/** After these somebody may be missing. */
const leaves = new Set(['participant_left', 'participant_connection_aborted', 'room_finished']);

export class Webhooks {
  readonly #receiver: WebhookReceiver;
  readonly #onLeft: () => void;
  /** Ids of events, and until when one may come again (ms since 1970). */
  readonly #seen = new Map<string, number>();
  readonly #http: Server;

  /** @param options.onLeft called when somebody has left a room of this application. */
  constructor(options: { server: Credentials; onLeft: () => void }) {
    const { apiKey, apiSecret } = options.server;
    this.#receiver = new WebhookReceiver(apiKey, apiSecret);
    this.#onLeft = options.onLeft;
    this.#http = createServer(restraint, (request, response) => {
      const answer = (status: number) => response.writeHead(status).end();
      this.#take(request).then(answer, () => answer(400));
    });
    this.#http.maxConnections = maxConnections;
  }

  /** Listens on all addresses. @throws Error when the port is taken. */
  async listen(port: number): Promise<void> {
    this.#http.listen(port);
    await once(this.#http, 'listening');
  }

  get port(): number {
    const address = this.#http.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** @returns the status of the answer. */
  async #take(request: IncomingMessage): Promise<number> {
    if (request.method !== 'POST') return 405;
    const body = await read(request);
    if (body === undefined) return 413;
    const signature = request.headers.authorization ?? '';
    const event = await this.#receiver.receive(body, signature).catch(() => undefined);
    if (!event) {
      log().warn('a webhook without the signature of our project was refused');
      return 401;
    }
    const nowMs = Date.now();
    const oldestMs = nowMs - limits.webhookAgeMs;
    this.#forget(nowMs);
    if (Number(event.createdAt) * 1000 < oldestMs || this.#seen.has(event.id)) return 409;
    this.#seen.set(event.id, nowMs + 2 * limits.webhookAgeMs);
    log().debug({ event: event.event }, 'a webhook of LiveKit was taken');
    if (leaves.has(event.event) && readMark(event.room?.metadata ?? '')) this.#onLeft();
    return 200;
  }

  /** Those that may come again come first. */
  #forget(nowMs: number): void {
    for (const [id, untilMs] of this.#seen) {
      if (untilMs >= nowMs) return;
      this.#seen.delete(id);
    }
  }
}

async function read(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
