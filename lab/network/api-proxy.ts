/**
 * Stands between the worker and livekit-server where a scenario needs an API that fails. It passes everything on and
 * does with the requests to one method what a fault says. Built by Lab when asked for with `faultyApi`; the phones,
 * livekit-sip and the lab itself talk to the server directly. It leaves out TLS, and looks into no WebSocket.
 */
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import { AwaitedList } from '../phone/awaited-list.ts';

const loopback = '127.0.0.1';

export type ApiAnswer = { status: number; body: { code: string; msg: string } };

/** What becomes of the requests to one method. Empty, it changes nothing, and they can be counted all the same. */
export type ApiFault = {
  /** Whether the server is given the request at all; it is, unless said otherwise. */
  isCarriedOut?: boolean;
  /** How long the request is kept until then. */
  arrivesAfterMs?: number;
  /** What the application gets: the server's own answer unless said otherwise. */
  answer?: 'never' | ApiAnswer;
  /** How long that is kept. */
  answeredAfterMs?: number;
  /** How many requests are treated so; all of them until `heal` unless said. */
  times?: number;
};

/** Something broke after, or before, the work was done: the caller cannot know. */
export const broken: ApiAnswer = {
  status: 500,
  body: { code: 'internal', msg: 'broken on purpose' },
};

/** What livekit-server 1.13 as published says to MoveParticipant, letter by letter. */
export const notImplemented: ApiAnswer = {
  status: 500,
  body: { code: 'unknown', msg: 'twirp error unknown: not implemented' },
};

/** The requests to one method since it was intercepted. */
export class Intercepted {
  readonly method: string;
  readonly fault: ApiFault;
  readonly #arrived = new AwaitedList<{ atMs: number }>();

  constructor(method: string, fault: ApiFault) {
    this.method = method;
    this.fault = fault;
  }

  get count(): number {
    return this.#arrived.items.length;
  }

  /** Resolves with the first request, past or to come. Rejects at the limit. */
  async first(limitMs: number): Promise<{ atMs: number }> {
    const otherwise = (why: string) => new Error(`No request to ${this.method} came ${why}.`);
    return (await this.#arrived.first(() => true, limitMs, otherwise)).item;
  }

  /** For the proxy. @returns whether the fault is for this request, too. */
  arrive(): boolean {
    this.#arrived.add({ atMs: nowMs() });
    return this.count <= (this.fault.times ?? Infinity);
  }
}

type Answer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
};

export class ApiProxy {
  readonly #serverPort: number;
  readonly #intercepted = new Map<string, Intercepted>();
  readonly #sockets = new Set<Socket>();
  readonly #http = createServer((asked, reply) => {
    // Whoever asks a server that is gone sees the connection break.
    this.#serve(asked, reply).catch(() => reply.destroy());
  });

  private constructor(serverPort: number) {
    this.#serverPort = serverPort;
    this.#http.on('connection', (socket: Socket) => this.#keep(socket));
    this.#http.on('upgrade', (asked, socket, head) => this.#upgrade(asked, socket, head));
  }

  /** Opens a proxy on a free port, for a server on `serverPort` of this machine. */
  static async open(serverPort: number): Promise<ApiProxy> {
    const proxy = new ApiProxy(serverPort);
    await new Promise<void>((resolve, reject) => {
      proxy.#http.once('error', reject).listen(0, loopback, resolve);
    });
    return proxy;
  }

  /** For LIVEKIT_URL. */
  get url(): string {
    return `ws://${loopback}:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Treats the requests to `method`, such as 'MoveParticipant', as `fault` says, from now on until `heal`. */
  intercept(method: string, fault: ApiFault = {}): Intercepted {
    const intercepted = new Intercepted(method, fault);
    this.#intercepted.set(method, intercepted);
    return intercepted;
  }

  /** Ends every fault for the requests that come from now on. */
  heal(): void {
    this.#intercepted.clear();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#http.close(resolve));
    this.#sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  async #serve(asked: IncomingMessage, reply: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of asked as AsyncIterable<Buffer>) chunks.push(chunk);
    const intercepted = this.#intercepted.get(asked.url?.split('/').at(-1) ?? '');
    const fault = intercepted?.arrive() ? intercepted.fault : {};
    if (fault.arrivesAfterMs) await delay(fault.arrivesAfterMs);
    const theirs =
      fault.isCarriedOut === false ? undefined : await this.#forward(asked, Buffer.concat(chunks));
    if (fault.answeredAfterMs) await delay(fault.answeredAfterMs);
    if (fault.answer === 'never') return;
    const { status, headers, body } = fault.answer ? inJson(fault.answer) : theirs!;
    reply.writeHead(status, headers).end(body);
  }

  #forward(asked: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method, url: path, headers } = asked;
    return new Promise((resolve, reject) => {
      const options = { host: loopback, port: this.#serverPort, method, path, headers };
      request(options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          const { statusCode: status = 502, headers: given } = answer;
          resolve({ status, headers: given, body: Buffer.concat(chunks) });
        });
      })
        .once('error', reject)
        .end(body);
    });
  }

  /** A WebSocket is handed through byte by byte; each end sees the other's. */
  #upgrade(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    const server = this.#keep(connect(this.#serverPort, loopback));
    const headers = asked.rawHeaders.map((part, i) => part + (i % 2 === 0 ? ': ' : '\r\n'));
    server.write(`GET ${asked.url} HTTP/1.1\r\n${headers.join('')}\r\n`);
    server.write(head);
    socket.pipe(server).pipe(socket);
    socket.once('error', () => server.destroy()).once('close', () => server.destroy());
    server.once('close', () => socket.destroy());
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    // A connection that breaks is closed as well, and that is all that matters here.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket.setNoDelay();
  }
}

function inJson({ status, body }: ApiAnswer): Answer {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: Buffer.from(JSON.stringify(body)) };
}
