/**
 * A stand-in for Deepgram's live transcription (v1/listen over WebSocket). It hears sentences by the codes in the
 * audio, so a broken audio path yields no words, or only the leading ones.
 *
 * Opened by standins.ts; used by `deepgram.STT({ baseUrl })` with `url`. Left out: pre-recorded audio, v2/Flux,
 * UtteranceEnd, several channels, every feature of the real recogniser (model, language and keyterms mean nothing).
 * Messages: https://developers.deepgram.com/reference/speech-to-text/listen-streaming
 */
import type { CodeBook } from '../audio/codes.ts';
import type { Voice } from '../audio/speech.ts';
import type { FaultSwitch } from './faults.ts';
import { ListenStream, type HeardSentence } from './listen-stream.ts';
import { ProviderServer, type Link } from './provider-server.ts';

/** `finalMs` from the recognised end of speech to the final transcript. */
export type SttLatency = { finalMs: number };

export type DeepgramOptions = {
  port: number;
  apiKey: string;
  codes: CodeBook;
  voice?: Voice | undefined;
  latency?: Partial<SttLatency> | undefined;
};

const PATH = '/v1/listen';
/** Deepgram's `endpointing` may be shorter, but a lost packet would then end a sentence. */
const GONE_MIN_MS = 80;
/** As the real service: without audio or KeepAlive for this long, the socket is closed. */
const IDLE_LIMIT_MS = 10_000;

/** Deepgram on loopback; serves any number of streams. */
export class DeepgramStandIn {
  /** Every final transcript, in the order in which they were sent. */
  readonly heard: HeardSentence[] = [];
  /** Those that it was told to understand. */
  readonly languages = new Set<string | null>();
  readonly #options: DeepgramOptions;
  readonly #server: ProviderServer;
  #latency: SttLatency;
  #streams = 0;

  private constructor(options: DeepgramOptions, server: ProviderServer) {
    this.#options = options;
    this.#server = server;
    this.#latency = { finalMs: 30, ...options.latency };
  }

  static async open(options: DeepgramOptions): Promise<DeepgramStandIn> {
    const server = await ProviderServer.open({
      name: 'Deepgram',
      port: options.port,
      credential: { header: 'Authorization', value: `Token ${options.apiKey}` },
      errorBody: (status, message) => ({ err_code: `ERROR_${status}`, err_msg: message }),
      onLink: (link) => standIn.#serve(link),
    });
    const standIn: DeepgramStandIn = new DeepgramStandIn(options, server);
    return standIn;
  }

  /** For the option `baseUrl` of `deepgram.STT`; the plugin adds `/v1/listen`. */
  get url(): string {
    return `ws://${this.#server.authority}`;
  }

  get faults(): FaultSwitch {
    return this.#server.faults;
  }

  setLatency(latency: Partial<SttLatency>): void {
    this.#latency = { ...this.#latency, ...latency };
  }

  dropSockets(): void {
    this.#server.dropSockets();
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  #serve({ url, socket, send }: Link): void {
    const objection = objectionTo(url);
    if (objection !== undefined) return socket.close(1008, objection);
    this.languages.add(url.searchParams.get('language'));
    const stream = this.#openStream({ url, socket, send });
    const idle = setTimeout(() => socket.close(1011, 'NET-0001: no audio for 10 s'), IDLE_LIMIT_MS);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      idle.refresh();
      if (isBinary) return stream.push(data);
      const type = controlType(data);
      if (type === 'Finalize') void stream.finalize();
      if (type === 'CloseStream') {
        void stream.finalize().then(() => {
          send({ type: 'Metadata', request_id: 'closed', channels: 1 });
          socket.close(1000);
        });
      }
    });
    socket.on('close', () => {
      clearTimeout(idle);
      stream.close();
    });
  }

  #openStream({ url, socket, send }: Link): ListenStream {
    const { codes, voice } = this.#options;
    this.#streams += 1;
    return new ListenStream({
      streamId: `listen-${this.#streams}`,
      codes,
      voice,
      sampleRateHz: Number(url.searchParams.get('sample_rate')),
      goneMs: Math.max(GONE_MIN_MS, Number(url.searchParams.get('endpointing')) || 0),
      interimResults: url.searchParams.get('interim_results') === 'true',
      finalMs: () => this.#latency.finalMs,
      send,
      onHeard: (heard) => void this.heard.push(heard),
      onError: (error) => socket.close(1011, closeReason(error.message)),
    });
  }
}

/** Why this stream cannot be served, short enough for a close frame (123 bytes). */
function objectionTo(url: URL): string | undefined {
  const { searchParams: query } = url;
  if (url.pathname !== PATH) return `Only ${PATH} is served.`;
  if (query.get('encoding') !== 'linear16') return 'Only encoding=linear16 is served.';
  if (!['8000', '16000', '24000', '48000'].includes(query.get('sample_rate') ?? '')) {
    return 'sample_rate must be 8000, 16000, 24000 or 48000.';
  }
  if ((query.get('channels') ?? '1') !== '1') return 'Only channels=1 is served.';
  return undefined;
}

/** A close frame has room for 123 bytes of reason. */
function closeReason(text: string): Buffer {
  return Buffer.from(text).subarray(0, 123);
}

/** The type of a control message; KeepAlive and what is unknown need nothing done. */
function controlType(data: Buffer): string | undefined {
  try {
    return (JSON.parse(data.toString('utf8')) as { type?: string } | null)?.type;
  } catch {
    return undefined;
  }
}
