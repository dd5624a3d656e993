/**
 * A stand-in for OpenAI: `GET /v1/models` and `POST /v1/chat/completions`, streamed (SSE) or as one JSON body. What the
 * model says and calls is decided by a ModelScript.
 *
 * Opened by standins.ts; used by `openai.LLM({ baseURL })` with `url`, which ends in `/v1`. Left out: every other
 * endpoint (404), sampling parameters (ignored).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import type { FaultSwitch } from './faults.ts';
import type { ModelReply, ModelRequest, ModelScript } from './model-script.ts';
import { parseRequest, toBody, toChunks, toModelRequest, type WireRequest } from './openai-wire.ts';
import { ProviderServer, type Exchange } from './provider-server.ts';

/** `firstTokenMs` from request to first token; `perTokenMs` between tokens. */
export type LlmLatency = { firstTokenMs: number; perTokenMs: number };

/** One request and what became of it, for checks. */
export type LoggedRequest = {
  atMs: number;
  request: ModelRequest;
  reply?: ModelReply;
  /** Why there was no reply: the script threw. */
  scriptError?: string;
  /** When the last byte was written; unset while streaming or when the application hung up. */
  finishedAtMs?: number;
};

export type OpenAiOptions = {
  port: number;
  apiKey: string;
  script: ModelScript;
  latency?: Partial<LlmLatency> | undefined;
};

const MODELS = ['gpt-4.1', 'gpt-4.1-mini', 'gpt-4o', 'gpt-4o-mini'];

/** OpenAI on loopback; serves any number of calls at once. */
export class OpenAiStandIn {
  /** Every chat completion request, in the order of arrival. */
  readonly requests: LoggedRequest[] = [];
  readonly #server: ProviderServer;
  #latency: LlmLatency;
  #script: ModelScript;

  private constructor(options: OpenAiOptions, server: ProviderServer) {
    this.#server = server;
    this.#script = options.script;
    this.#latency = { firstTokenMs: 50, perTokenMs: 0, ...options.latency };
  }

  static async open(options: OpenAiOptions): Promise<OpenAiStandIn> {
    const server = await ProviderServer.open({
      name: 'OpenAI',
      port: options.port,
      credential: { header: 'Authorization', value: `Bearer ${options.apiKey}` },
      errorBody: (status, message) => ({
        error: { message, type: 'stand_in_error', param: null, code: String(status) },
      }),
      onRequest: (exchange) => void standIn.#serve(exchange),
    });
    const standIn: OpenAiStandIn = new OpenAiStandIn(options, server);
    return standIn;
  }

  /** For the option `baseURL` of `openai.LLM`. */
  get url(): string {
    return `http://${this.#server.authority}/v1`;
  }

  get faults(): FaultSwitch {
    return this.#server.faults;
  }

  /** Takes effect with the next request. */
  setScript(script: ModelScript): void {
    this.#script = script;
  }

  setLatency(latency: Partial<LlmLatency>): void {
    this.#latency = { ...this.#latency, ...latency };
  }

  dropSockets(): void {
    this.#server.dropSockets();
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #serve(exchange: Exchange): Promise<void> {
    const route = `${exchange.method} ${exchange.url.pathname}`;
    if (route === 'GET /v1/models') {
      const data = MODELS.map((id) => ({ id, object: 'model', created: 0, owned_by: 'lab' }));
      return exchange.json(200, { object: 'list', data });
    }
    if (route !== 'POST /v1/chat/completions') {
      return exchange.fail(404, `The OpenAI stand-in does not serve ${route}.`);
    }
    let wire: WireRequest;
    let request: ModelRequest;
    try {
      wire = parseRequest(await exchange.body());
      request = toModelRequest(wire);
    } catch (error) {
      return exchange.fail(400, `Not a chat completion request: ${String(error)}`);
    }
    await this.#complete(exchange, wire, request);
  }

  async #complete(exchange: Exchange, wire: WireRequest, request: ModelRequest): Promise<void> {
    const logged: LoggedRequest = { atMs: nowMs(), request };
    this.requests.push(logged);
    let reply: ModelReply;
    try {
      reply = this.#script(request);
    } catch (error) {
      logged.scriptError = String(error);
      return exchange.fail(500, `The scenario's model script threw: ${logged.scriptError}`);
    }
    logged.reply = reply;
    await delay(reply.delayMs ?? this.#latency.firstTokenMs);
    if (reply.fail) {
      return exchange.fail(reply.fail.status, `The model script failed this request on purpose.`);
    }
    const completion = {
      id: `chatcmpl-${randomUUID()}`,
      callId: `call_${randomUUID().slice(0, 8)}`,
      model: wire.model,
      createdSeconds: Math.floor(Date.now() / 1000),
    };
    if (wire.stream) await this.#stream(exchange, toChunks(reply, wire, completion));
    else exchange.json(200, toBody(reply, wire, completion));
    if (exchange.isOpen()) logged.finishedAtMs = nowMs();
  }

  async #stream(exchange: Exchange, chunks: object[]): Promise<void> {
    for (const [index, chunk] of chunks.entries()) {
      // The application hangs up when the caller interrupts; the rest has no reader.
      if (!exchange.isOpen()) return;
      if (index > 1 && this.#latency.perTokenMs > 0) await delay(this.#latency.perTokenMs);
      exchange.write(JSON.stringify(chunk));
    }
    exchange.write('[DONE]');
    exchange.end();
  }
}
