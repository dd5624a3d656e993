/**
 * A voice that finishes what it began. LiveKit's Cartesia plugin (1.8.1) loses the rest of a text, without an error, when its
 * connection breaks while it speaks. This stands around a plugin: it keeps the text and has it spoken again from its
 * beginning, or fails so that it shows. It also hands sound on in short pieces. Made by models.ts; knows no provider.
 */
import { APIConnectionError, type APIConnectOptions, log, tts } from '@livekit/agents';
import { AudioFrame } from '@livekit/rtc-node';
import type { EventLoopUtilization } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from './limits.ts';
import { setDeadline } from './teardown.ts';

/** The plugin's own second try would have no text left to speak. */
const oneTry: APIConnectOptions = {
  maxRetry: 0,
  retryIntervalMs: 0,
  timeoutMs: limits.providerConnectMs,
};

export class SteadyTts extends tts.TTS {
  readonly label = 'steady.TTS';
  readonly #plugin: tts.TTS;

  constructor(plugin: tts.TTS) {
    super(plugin.sampleRate, plugin.numChannels, plugin.capabilities);
    this.#plugin = plugin;
    // The stream ends without its end mark, which says enough.
    plugin.on('error', () => undefined);
  }

  override get model(): string {
    return this.#plugin.model;
  }

  override get provider(): string {
    return this.#plugin.provider;
  }

  stream(options?: { connOptions?: APIConnectOptions }): tts.SynthesizeStream {
    return new SteadySpeech(this, {
      connOptions: options?.connOptions,
      connect: () => this.#plugin.stream({ connOptions: oneTry }),
    });
  }

  synthesize(): tts.ChunkedStream {
    throw new Error('a telephone call is spoken as a stream');
  }

  override async close(): Promise<void> {
    await this.#plugin.close();
    await super.close();
  }
}

class SteadySpeech extends tts.SynthesizeStream {
  readonly label = 'steady.SynthesizeStream';
  readonly #connect: () => tts.SynthesizeStream;
  /** The text so far, in the pieces in which it came; a symbol is the end of a piece that may be spoken. */
  readonly #text: (string | symbol)[] = [];
  #isWhole = false;
  #connection: tts.SynthesizeStream | undefined;
  #cancelWatch: (() => void) | undefined;

  constructor(
    owner: SteadyTts,
    options: {
      connOptions: APIConnectOptions | undefined;
      connect: () => tts.SynthesizeStream;
    },
  ) {
    super(owner, options.connOptions);
    this.#connect = options.connect;
    this.abortSignal.addEventListener('abort', () => this.#connection?.close());
  }

  protected async run(): Promise<void> {
    void this.#feed();
    const giveUpAtMs = performance.now() + limits.speechStallMs;
    for (let attempt = 1; attempt <= limits.providerTries && performance.now() < giveUpAtMs;) {
      const before = performance.eventLoopUtilization();
      const isComplete = await this.#speak();
      if (isComplete || this.abortSignal.aborted) return;
      const hadNoTime = wasBusySince(before);
      log().warn({ attempt, hadNoTime }, 'the voice broke off: the text is spoken again');
      await delay(limits.providerPauseMs * attempt);
      // What failed while this process had no time for it says nothing about the provider.
      if (!hadNoTime) attempt += 1;
    }
    throw new APIConnectionError({
      message: 'the text could not be spoken',
      options: { retryable: false },
    });
  }

  /** Speaks the whole text over one connection. @returns whether it came to its end. */
  async #speak(): Promise<boolean> {
    const connection = this.#connect();
    this.#connection = connection;
    for (const piece of this.#text) give(connection, piece);
    if (this.#isWhole) this.#end(connection);
    try {
      for await (const audio of connection) {
        if (this.#isWhole) this.#watch(connection, limits.nextAudioMs);
        if (audio === tts.SynthesizeStream.END_OF_STREAM) {
          if (!this.queue.closed) this.queue.put(tts.SynthesizeStream.END_OF_STREAM);
          return true;
        }
        if (connection.startedTime) this.markStarted(connection.startedTime);
        for (const piece of inPieces(audio)) if (!this.queue.closed) this.queue.put(piece);
      }
      return false;
    } finally {
      this.#cancelWatch?.();
      connection.close();
    }
  }

  async #feed(): Promise<void> {
    for await (const piece of this.input) {
      this.#text.push(piece);
      if (this.#connection) give(this.#connection, piece);
    }
    this.#isWhole = true;
    if (this.#connection) this.#end(this.#connection);
  }

  /** From here on the provider has all that it needs, and may not be silent for long. */
  #end(connection: tts.SynthesizeStream): void {
    connection.endInput();
    this.#watch(connection, limits.firstAudioMs);
  }

  #watch(connection: tts.SynthesizeStream, limitMs: number): void {
    this.#cancelWatch?.();
    this.#cancelWatch = setDeadline(limitMs, () => connection.close());
  }
}

/** Whether this process was busy, or waiting for a processor, without a pause: a failure that takes a few ms is no sign of that. */
function wasBusySince(before: EventLoopUtilization): boolean {
  const { active, utilization } = performance.eventLoopUtilization(before);
  return active >= limits.busyMs && utilization >= limits.busyLoop;
}

/** The same sound in short frames, because a pause loses the one that is just on its way. What is said with it goes first. */
function* inPieces(audio: tts.SynthesizedAudio): Generator<tts.SynthesizedAudio> {
  const { data, sampleRate, channels, samplesPerChannel } = audio.frame;
  const length = (sampleRate * limits.speechPieceMs) / 1000;
  const { requestId, segmentId } = audio;
  for (let from = 0; from < samplesPerChannel; from += length) {
    const to = Math.min(from + length, samplesPerChannel);
    const piece = data.slice(from * channels, to * channels);
    const frame = new AudioFrame(piece, sampleRate, channels, to - from);
    const final = audio.final && to === samplesPerChannel;
    yield from === 0 ? { ...audio, frame, final } : { requestId, segmentId, frame, final };
  }
}

function give(connection: tts.SynthesizeStream, piece: string | symbol): void {
  if (typeof piece === 'string') connection.pushText(piece);
  else connection.flush();
}
