/**
 * The part that all stand-ins share: an HTTP and WebSocket server on loopback that checks the API key,
 * applies faults, and drops everything on close.
 *
 * Used by openai.ts, deepgram.ts and cartesia.ts, which put a provider's protocol on top. Left out: TLS.
 */
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { FaultSwitch } from './faults.ts';

const LOOPBACK = '127.0.0.1';
/** The largest message accepted: a long call's chat history stays far below. */
const MESSAGE_LIMIT_BYTES = 8 * 1024 * 1024;
const EVENT_STREAM_HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };

export type ProviderServerOptions = {
  /** The provider's name, for messages to people. */
  name: string;
  /** 0 takes a free port. */
  port: number;
  /** The header that carries the key, and the value it must have, such as `Token abc`. */
  credential: { header: string; value: string };
  /** The provider's own shape of an error body. */
  errorBody: (status: number, message: string) => object;
  /** Serves an HTTP request that has passed the key check. */
  onRequest?: (exchange: Exchange) => void;
  /** Serves a WebSocket that has passed the key check. Without it, handshakes get 404. */
  onLink?: (link: Link) => void;
};

/** One HTTP request and its answer; everything written passes the fault switch. */
export type Exchange = {
  method: string;
  url: URL;
  /** False once the application has hung up or a fault has cut the connection. */
  isOpen: () => boolean;
  /** The whole request body as text. Rejects when it is larger than 8 MiB. */
  body: () => Promise<string>;
  /** Writes one server-sent event of a streamed answer; the first one also sends the headers. */
  write: (data: string) => void;
  /** Ends a streamed answer; a stall keeps it open. */
  end: () => void;
  json: (status: number, body: object) => void;
  fail: (status: number, message: string) => void;
};

/** One WebSocket to the application; everything sent passes the fault switch. */
export type Link = { url: URL; socket: WebSocket; send: (message: object) => void };

/** Reads a request's body as text, up to MESSAGE_LIMIT_BYTES. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MESSAGE_LIMIT_BYTES) throw new Error(`body over ${MESSAGE_LIMIT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A provider's server on 127.0.0.1. `close()` drops all sockets and resolves when the port is free. */
export class ProviderServer {
  readonly faults = new FaultSwitch();
  readonly #options: ProviderServerOptions;
  readonly #http: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT_BYTES });

  private constructor(options: ProviderServerOptions) {
    this.#options = options;
    this.#http = createServer((request, response) => this.#serve(request, response));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Resolves once the port is open; rejects when it is taken. */
  static async open(options: ProviderServerOptions): Promise<ProviderServer> {
    const server = new ProviderServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#http.once('error', reject);
      server.#http.listen(options.port, LOOPBACK, resolve);
    });
    return server;
  }

  /** `127.0.0.1:<port>` */
  get authority(): string {
    return `${LOOPBACK}:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Destroys every socket as a network failure would: no close frame, no end of stream. */
  dropSockets(): void {
    for (const socket of this.#webSockets.clients) socket.terminate();
    this.#http.closeAllConnections();
  }

  async close(): Promise<void> {
    if (!this.#http.listening) return;
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.dropSockets();
    await closed;
  }

  /** Why this request is not served, or undefined when it is. */
  #objection(request: IncomingMessage): { status: number; message: string } | undefined {
    const { name, credential } = this.#options;
    const status = this.faults.refusal();
    if (status !== undefined) {
      return { status, message: `The ${name} stand-in was told to answer ${status}.` };
    }
    if (request.headers[credential.header.toLowerCase()] === credential.value) return undefined;
    const message =
      `The ${name} stand-in did not get its API key in the header ${credential.header}. ` +
      `Pass the key that openStandIns() returned in env.`;
    return { status: 401, message };
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const exchange = this.#exchange(request, response);
    const objection = this.#objection(request);
    if (objection) return exchange.fail(objection.status, objection.message);
    if (this.#options.onRequest) return this.#options.onRequest(exchange);
    exchange.fail(404, `The ${this.#options.name} stand-in serves WebSockets only.`);
  }

  #exchange(request: IncomingMessage, response: ServerResponse): Exchange {
    const json = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    let isCut = false;
    const isOpen = (): boolean => !isCut && !response.destroyed;
    const pass = (act: () => void): void => {
      if (!isOpen()) return;
      const passage = this.faults.passage();
      if (passage === 'send') return act();
      if (passage === 'swallow') return;
      isCut = true;
      // What was written before the cut still arrives, as it would on a network.
      setImmediate(() => response.socket?.destroySoon());
    };
    const writeEvent = (data: string): void => {
      if (!response.headersSent) response.writeHead(200, EVENT_STREAM_HEADERS);
      response.write(`data: ${data}\n\n`);
    };
    return {
      method: request.method ?? 'GET',
      url: new URL(request.url ?? '/', `http://${LOOPBACK}`),
      isOpen,
      body: () => readBody(request),
      write: (data) => pass(() => writeEvent(data)),
      end: () => pass(() => response.end()),
      json: (status, body) => pass(() => json(status, body)),
      fail: (status, message) => json(status, this.#options.errorBody(status, message)),
    };
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client that gives up during the handshake must not end the lab with an unhandled error.
    socket.on('error', () => socket.destroy());
    const { onLink, name } = this.#options;
    const objection =
      this.#objection(request) ??
      (onLink ? undefined : { status: 404, message: `The ${name} stand-in has no WebSocket.` });
    if (objection || !onLink) return this.#refuseUpgrade(socket, objection);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => webSocket.terminate());
      onLink({
        url: new URL(request.url ?? '/', `ws://${LOOPBACK}`),
        socket: webSocket,
        send: (message) => this.#send(webSocket, message),
      });
    });
  }

  #refuseUpgrade(socket: Duplex, objection = { status: 404, message: 'Not served.' }): void {
    const body = JSON.stringify(this.#options.errorBody(objection.status, objection.message));
    socket.end(
      `HTTP/1.1 ${objection.status} ${STATUS_CODES[objection.status] ?? 'Error'}\r\n` +
        `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
        `connection: close\r\n\r\n${body}`,
    );
  }

  #send(socket: WebSocket, message: object): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    const passage = this.faults.passage();
    if (passage === 'drop') socket.terminate();
    else if (passage === 'send') socket.send(JSON.stringify(message));
  }
}
