/**
 * Speech-to-text that goes on hearing. LiveKit's Deepgram plugin (1.8.1) goes deaf without an error when its connection
 * breaks in the middle of a call. This stands around a plugin: it keeps the audio that has not become words yet, and when
 * the connection breaks, or `hearAgain` is called, lets a new one hear it. Made by models.ts; knows no provider.
 */
import { APIError, type APIConnectOptions, log, stt } from '@livekit/agents';
import type { AudioFrame } from '@livekit/rtc-node';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from './limits.ts';

/** Each connection gets one chance: how often is tried again, and what is heard again, is decided here. */
const oneTry: APIConnectOptions = {
  maxRetry: 0,
  retryIntervalMs: 0,
  timeoutMs: limits.providerConnectMs,
};

export class SteadyStt extends stt.STT {
  readonly label = 'steady.STT';
  readonly #plugin: stt.STT;
  readonly #streams = new Set<SteadyStream>();
  #fault: Error | undefined;
  /** Called when somebody spoke and no connection can be had to hear it. What they said is heard later, if it can. */
  onUnheard: () => void = () => undefined;

  constructor(plugin: stt.STT) {
    super(plugin.capabilities);
    this.#plugin = plugin;
    // The stream ends with its error; how bad that is, is decided there.
    plugin.on('error', ({ error }) => void (this.#fault = error));
  }

  override get model(): string {
    return this.#plugin.model;
  }

  override get provider(): string {
    return this.#plugin.provider;
  }

  /** Somebody spoke and no words came of it: lets a new connection hear it. */
  hearAgain(): void {
    for (const stream of this.#streams) stream.hearAgain();
  }

  stream(options?: { connOptions?: APIConnectOptions }): stt.SpeechStream {
    const stream: SteadyStream = new SteadyStream(this, {
      connOptions: options?.connOptions,
      connect: () => this.#connect(),
      fault: () => this.#fault,
      onUnheard: () => this.onUnheard(),
      onClosed: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    return stream;
  }

  #connect(): stt.SpeechStream {
    this.#fault = undefined;
    return this.#plugin.stream({ connOptions: oneTry });
  }

  protected _recognize(): Promise<stt.SpeechEvent> {
    throw new Error('a telephone call is heard as a stream');
  }

  override close(): Promise<void> {
    return this.#plugin.close();
  }
}

type StreamOptions = {
  connOptions: APIConnectOptions | undefined;
  connect: () => stt.SpeechStream;
  fault: () => Error | undefined;
  onUnheard: () => void;
  onClosed: () => void;
};

class SteadyStream extends stt.SpeechStream {
  readonly label = 'steady.SpeechStream';
  readonly #options: StreamOptions;
  readonly #startedAtMs = Date.now();
  #connection: stt.SpeechStream | undefined;
  /** What was heard since the last words, the newest last. */
  #unheard: AudioFrame[] = [];
  #unheardMs = 0;
  #isReplaced = false;
  #failures = 0;
  /** Somebody spoke, and it did not become words yet. */
  #isWaitedFor = false;

  constructor(owner: SteadyStt, options: StreamOptions) {
    super(owner, undefined, options.connOptions);
    this.#options = options;
  }

  hearAgain(): void {
    if (this.#unheard.length === 0 || !this.#connection) return;
    log().warn('somebody spoke and there were no words: speech-to-text is connected anew');
    this.#isWaitedFor = true;
    this.#isReplaced = true;
    this.#connection.close();
  }

  override close(): void {
    this.#options.onClosed();
    super.close();
    this.#connection?.close();
  }

  /** Goes on for as long as there is something to hear; only a fault that no new connection can mend ends it. */
  protected async run(): Promise<void> {
    const feeding = this.#feed();
    while (!this.closed && !this.input.closed) {
      this.#isReplaced = false;
      await this.#listen();
      if (this.#isReplaced) continue;
      const fault = this.#options.fault();
      if (fault && !(fault instanceof APIError && fault.retryable)) throw fault;
      this.#failures += 1;
      if (this.#isWaitedFor) this.#options.onUnheard();
      this.#isWaitedFor = false;
      await delay(Math.min(limits.providerPauseMs * this.#failures, limits.hearPauseMs));
    }
    await feeding;
  }

  /** Listens until the connection is over. */
  async #listen(): Promise<void> {
    const connection = this.#options.connect();
    connection.startTimeOffset = this.startTimeOffset + (Date.now() - this.#startedAtMs) / 1000;
    this.#connection = connection;
    for (const frame of this.#unheard) connection.pushFrame(frame);
    for await (const event of connection) {
      this.#failures = 0;
      if (event.type === stt.SpeechEventType.FINAL_TRANSCRIPT) this.#forget();
      if (!this.queue.closed) this.queue.put(event);
    }
    connection.close();
  }

  async #feed(): Promise<void> {
    for await (const heard of this.input) {
      if (typeof heard === 'symbol') this.#pass((connection) => connection.flush());
      else {
        this.#keep(heard);
        this.#pass((connection) => connection.pushFrame(heard));
      }
    }
    this.#pass((connection) => connection.endInput());
  }

  /** A connection that has just ended is replaced in a moment, and what is passed now is among what it hears again. */
  #pass(act: (connection: stt.SpeechStream) => void): void {
    try {
      if (this.#connection) act(this.#connection);
    } catch (error) {
      log().debug({ error }, 'speech-to-text is being connected anew');
    }
  }

  #keep(frame: AudioFrame): void {
    this.#unheard.push(frame);
    this.#unheardMs += lengthMs(frame);
    while (this.#unheardMs > limits.hearAgainMs)
      this.#unheardMs -= lengthMs(this.#unheard.shift()!);
  }

  #forget(): void {
    this.#isWaitedFor = false;
    this.#unheard = [];
    this.#unheardMs = 0;
  }
}

const lengthMs = (frame: AudioFrame) => (1_000 * frame.samplesPerChannel) / frame.sampleRate;
