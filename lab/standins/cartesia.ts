/**
 * A stand-in for Cartesia's text-to-speech WebSocket: speaks each sentence with its code, faster than real time.
 *
 * Opened by standins.ts; used by `cartesia.TTS({ baseUrl })` with `url`. Left out: `/tts/bytes` (the plugin insists on
 * https for it and AgentSession never uses it), voices, speeds, flush ids. Format:
 * https://docs.cartesia.ai/api-reference/tts/websocket
 */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import type { CodeBook } from '../audio/codes.ts';
import { synthesize, type Voice } from '../audio/speech.ts';
import type { FaultSwitch } from './faults.ts';
import { ProviderServer, type Link } from './provider-server.ts';
import { sentencesOf, timedWords } from './sentences.ts';

/** `firstChunkMs` from the arrival of a piece of text to its first audio. */
export type TtsLatency = { firstChunkMs: number };

/** One sentence that was synthesised. Whether it was also played to its end, only the phones know. */
export type SpokenSentence = {
  /** When its first audio was sent. */
  atMs: number;
  contextId: string;
  sentence: string;
  code: number;
  durationMs: number;
};

export type CartesiaOptions = {
  port: number;
  apiKey: string;
  codes: CodeBook;
  voice?: Voice | undefined;
  latency?: Partial<TtsLatency> | undefined;
};

const CHUNK_MS = 100;
const PATH = '/tts/websocket';
const SAMPLE_RATES_HZ = [8000, 16000, 24000] as const;
type SampleRateHz = (typeof SAMPLE_RATES_HZ)[number];

type Generation = {
  context_id: string;
  transcript: string;
  language?: string;
  continue?: boolean;
  add_timestamps?: boolean;
  output_format?: { container?: string; encoding?: string; sample_rate?: number };
};

/** One context: pieces of one utterance, spoken in the order in which they came. */
type Context = {
  link: Link;
  id: string;
  tail: Promise<void>;
  isCancelled: boolean;
  sentMs: number;
};

/** Cartesia on loopback; serves any number of sockets, each with any number of contexts. */
export class CartesiaStandIn {
  /** Every sentence, in the order in which they were sent. */
  readonly spoken: SpokenSentence[] = [];
  /** Those that it was told to speak. */
  readonly languages = new Set<string | undefined>();
  readonly #options: CartesiaOptions;
  readonly #server: ProviderServer;
  #latency: TtsLatency;

  private constructor(options: CartesiaOptions, server: ProviderServer) {
    this.#options = options;
    this.#server = server;
    this.#latency = { firstChunkMs: 60, ...options.latency };
  }

  static async open(options: CartesiaOptions): Promise<CartesiaStandIn> {
    const server = await ProviderServer.open({
      name: 'Cartesia',
      port: options.port,
      credential: { header: 'X-API-Key', value: options.apiKey },
      errorBody: (status, message) => ({ title: `Error ${status}`, message }),
      onLink: (link) => standIn.#serve(link),
    });
    const standIn: CartesiaStandIn = new CartesiaStandIn(options, server);
    return standIn;
  }

  /** For the option `baseUrl` of `cartesia.TTS`; the plugin turns http into ws and adds the path. */
  get url(): string {
    return `http://${this.#server.authority}`;
  }

  get faults(): FaultSwitch {
    return this.#server.faults;
  }

  setLatency(latency: Partial<TtsLatency>): void {
    this.#latency = { ...this.#latency, ...latency };
  }

  dropSockets(): void {
    this.#server.dropSockets();
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  #serve(link: Link): void {
    if (link.url.pathname !== PATH) return link.socket.close(1008, `Only ${PATH} is served.`);
    const contexts = new Map<string, Context>();
    link.socket.on('message', (data: Buffer) =>
      this.#receive(link, contexts, data.toString('utf8')),
    );
    link.socket.on('close', () => contexts.forEach((context) => (context.isCancelled = true)));
  }

  #receive(link: Link, contexts: Map<string, Context>, text: string): void {
    const arrivedMs = nowMs();
    const message = parse(text);
    if (typeof message === 'string') return link.send(errorMessage('', 400, message));
    const id = message.context_id;
    const known = contexts.get(id);
    if ('cancel' in message) {
      if (known) known.isCancelled = true;
      contexts.delete(id);
      return;
    }
    const context = known ?? { link, id, tail: Promise.resolve(), isCancelled: false, sentMs: 0 };
    contexts.set(id, context);
    this.languages.add(message.language);
    const isLast = message.continue !== true;
    if (isLast) contexts.delete(id);
    context.tail = context.tail.then(() => this.#speak(context, message, arrivedMs, isLast));
  }

  /** Speaks one piece; an espeak-ng that fails becomes a 500 on the wire, as a provider's failure would. */
  async #speak(context: Context, piece: Generation, arrivedMs: number, isLast: boolean) {
    const { link, id } = context;
    try {
      for (const sentence of sentencesOf(piece.transcript)) {
        await this.#speakSentence(context, piece, sentence, arrivedMs);
      }
    } catch (error) {
      if (!context.isCancelled) link.send(errorMessage(id, 500, String(error)));
      context.isCancelled = true;
    }
    if (isLast && !context.isCancelled) {
      link.send({ type: 'done', done: true, status_code: 206, context_id: id });
    }
  }

  async #speakSentence(context: Context, piece: Generation, sentence: string, arrivedMs: number) {
    const { codes, voice } = this.#options;
    const { link, id } = context;
    const sampleRateHz = piece.output_format?.sample_rate as SampleRateHz;
    const code = codes.codeOf(sentence);
    const samples = await synthesize({ sentence, code, sampleRateHz, voice });
    await delay(Math.max(0, arrivedMs + this.#latency.firstChunkMs - nowMs()));
    if (context.isCancelled) return;
    const durationMs = (samples.length * 1000) / sampleRateHz;
    this.spoken.push({ atMs: nowMs(), contextId: id, sentence, code, durationMs });
    if (piece.add_timestamps)
      link.send(timestampsMessage(id, sentence, context.sentMs, durationMs));
    for (const data of chunksOf(samples, sampleRateHz)) {
      const progress = { done: false, status_code: 206, step_time: 1 };
      link.send({ type: 'chunk', data, ...progress, context_id: id });
    }
    context.sentMs += durationMs;
  }
}

/** A generation or a cancellation, or what is wrong with the message. */
function parse(text: string): Generation | { context_id: string; cancel: true } | string {
  let message: Partial<Generation> & { cancel?: boolean };
  try {
    message = JSON.parse(text) as typeof message;
  } catch {
    return 'The message is not JSON.';
  }
  const { context_id, transcript, output_format: format } = message;
  if (typeof context_id !== 'string') return '"context_id" is missing.';
  if (message.cancel) return { context_id, cancel: true };
  if (typeof transcript !== 'string') return '"transcript" is missing.';
  if (format?.container !== 'raw' || format.encoding !== 'pcm_s16le') {
    return 'The stand-in speaks raw pcm_s16le only.';
  }
  if (!SAMPLE_RATES_HZ.some((rate) => rate === format.sample_rate)) {
    return `The stand-in speaks at ${SAMPLE_RATES_HZ.join(', ')} Hz only.`;
  }
  return { ...message, context_id, transcript };
}

/** The samples in base64 pieces of CHUNK_MS. */
function chunksOf(samples: Int16Array, sampleRateHz: number): string[] {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const chunkBytes = (sampleRateHz * CHUNK_MS * 2) / 1000;
  const count = Math.ceil(bytes.length / chunkBytes);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes).toString('base64'),
  );
}

function timestampsMessage(id: string, sentence: string, startMs: number, durationMs: number) {
  const words = timedWords(sentence, startMs, durationMs);
  return {
    type: 'timestamps',
    done: false,
    status_code: 206,
    context_id: id,
    word_timestamps: {
      words: words.map(({ word }) => word),
      start: words.map((word) => word.startMs / 1000),
      end: words.map((word) => word.endMs / 1000),
    },
  };
}

function errorMessage(id: string, status: number, error: string): object {
  return { type: 'error', done: true, error, status_code: status, context_id: id };
}
