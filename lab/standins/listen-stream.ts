/**
 * One audio stream of the Deepgram stand-in: turns what its frames hold into Deepgram's messages.
 *
 * Created by deepgram.ts for each WebSocket. Words come only from the audio: the code names the sentence, and how much
 * of the sentence was heard decides how many of its words are in the transcript.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import type { CodeBook } from '../audio/codes.ts';
import { FrameAnalyzer } from '../audio/frames.ts';
import { synthesize, type Voice } from '../audio/speech.ts';
import { deferred } from '../phone/deferred.ts';
import { Recognizer, type RecognizerEvent, type Utterance } from './recognizer.ts';
import { timedWords, type TimedWord } from './sentences.ts';

/** One final transcript, for checks. */
export type HeardSentence = {
  /** When the final transcript was sent. */
  atMs: number;
  /** The sentence as it was meant. */
  sentence: string;
  /** The words of it that were heard; all of them when the audio was whole. */
  words: string[];
  streamId: string;
};

export type ListenOptions = {
  streamId: string;
  codes: CodeBook;
  sampleRateHz: number;
  /** A code that was absent for this long ends its sentence. */
  goneMs: number;
  interimResults: boolean;
  /** From the end of speech, as recognised, to the final transcript; asked anew for each. */
  finalMs: () => number;
  voice?: Voice | undefined;
  send: (message: object) => void;
  onHeard: (heard: HeardSentence) => void;
  /** The length of a sentence could not be found out: espeak-ng failed. Nothing more is sent. */
  onError: (error: Error) => void;
};

/** When no audio arrives for this long, a sentence is over. The plugin itself sends a second of silence first. */
const STALL_LIMIT_MS = 1000;
/** A sentence may miss this much of its length at its edges, or this share of it, and still be whole. */
const EDGE_LOSS_MS = 160;
const EDGE_LOSS_SHARE = 0.1;
/** Between its edges, this share of it must have carried the code: lost packets are forgiven, gaps are not. */
const CODED_SHARE = 0.6;
/** A sentence that goes on after a gap of at most this length was torn on its way, and is not being said again. */
const TORN_MS = 1000;
/** The rate at which sentences are synthesised only to know their length. */
const REFERENCE_HZ = 16000;

/** What was heard of a sentence so far. It may be torn, and go on. */
export type Torn = { words: number; lengthMs: number; codedMs: number };
const NOTHING: Torn = { words: 0, lengthMs: 0, codedMs: 0 };

/**
 * What was heard before, when this stretch can be the rest of it; nothing when both together are more than the sentence has,
 * because it is said again. Only what carried the code counts: a line that tears a sentence also puts silence into it.
 */
function goesOn(durationMs: number, heard: Utterance, before: Torn): Torn {
  return before.codedMs + heard.codedMs <= durationMs + EDGE_LOSS_MS ? before : NOTHING;
}

/** The words of a sentence that its heard stretch covers, after those that were heard before, timed on the stream's clock. */
export function wordsHeard(
  sentence: string,
  durationMs: number,
  heard: Utterance,
  before: Torn = NOTHING,
): TimedWord[] {
  const startMs = heard.startMs - before.lengthMs;
  const words = timedWords(sentence, startMs, durationMs).slice(before.words);
  const lengthMs = heard.endMs - startMs;
  const codedMs = before.codedMs + heard.codedMs;
  const lossMs = Math.max(EDGE_LOSS_MS, EDGE_LOSS_SHARE * durationMs);
  const isWhole = lengthMs >= durationMs - lossMs && codedMs >= CODED_SHARE * durationMs;
  if (isWhole) return words;
  const coveredMs = Math.min(lengthMs, codedMs);
  return words.filter((word) => word.endMs - startMs <= coveredMs);
}

type Speaking = {
  sentence: string;
  durationMs: Promise<number>;
  interimWords: number;
  /** Of the same sentence, when this is the rest of it. */
  before: Promise<Torn>;
};

/** Feed it audio with `push`; it sends Deepgram's messages and reports finals. `close()` when the socket is gone. */
export class ListenStream {
  readonly #options: ListenOptions;
  readonly #analyzer: FrameAnalyzer;
  readonly #recognizer: Recognizer;
  /** Audio that does not fill a frame yet. */
  #rest = Buffer.alloc(0);
  #speaking: Speaking | undefined;
  /** The sentence that ended last. */
  #last: { code: number; endMs: number; heard: Promise<Torn> } | undefined;
  /** Messages leave in the order of the events that caused them, though some wait for a synthesis. */
  #outbox: Promise<void> = Promise.resolve();
  #stall: NodeJS.Timeout | undefined;
  #pushes = 0;
  #isClosed = false;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#analyzer = new FrameAnalyzer(options.sampleRateHz);
    this.#recognizer = new Recognizer(options.goneMs);
  }

  /** Takes PCM16LE of any length. */
  push(audio: Buffer): void {
    this.#pushes += 1;
    this.#rest = Buffer.concat([this.#rest, audio]);
    const frameBytes = this.#analyzer.frameSamples * 2;
    for (; this.#rest.length >= frameBytes; this.#rest = this.#rest.subarray(frameBytes)) {
      const bytes = Uint8Array.from(this.#rest.subarray(0, frameBytes));
      const { code } = this.#analyzer.analyze(new Int16Array(bytes.buffer));
      this.#recognizer.push(code).forEach((event) => this.#handle(event));
    }
    clearTimeout(this.#stall);
    if (this.#recognizer.utterance) {
      this.#stall = setTimeout(() => this.#onStall(this.#pushes), STALL_LIMIT_MS);
    }
  }

  /** After a pause of this whole process audio may be waiting in the socket: it is read before judging. */
  #onStall(pushes: number): void {
    setImmediate(() => {
      if (this.#pushes === pushes) void this.finalize(false);
    });
  }

  /** Ends what is being said now. Resolves when its final transcript has been sent. */
  async finalize(isRequested = true): Promise<void> {
    this.#recognizer.breakOff().forEach((event) => this.#handle(event, isRequested));
    await this.#outbox;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#stall);
  }

  #handle({ type, utterance }: RecognizerEvent, isRequested = false): void {
    if (type === 'began') this.#begin(utterance);
    const speaking = this.#speaking;
    if (!speaking) return;
    const heard = { ...utterance };
    if (type === 'ended') {
      this.#speaking = undefined;
      const dueMs = nowMs() + this.#options.finalMs();
      const { promise, resolve } = deferred<Torn>();
      this.#last = { code: heard.code, endMs: heard.endMs, heard: promise };
      this.#post(async () => resolve(await this.#sendFinal(speaking, heard, dueMs, isRequested)));
    } else if (this.#options.interimResults) {
      this.#post(() => this.#sendInterim(speaking, heard));
    }
  }

  #begin(utterance: Utterance): void {
    const { codes, voice } = this.#options;
    const sentence = codes.sentenceOf(utterance.code);
    // A chord that no sentence of this lab has is noise.
    if (sentence === undefined) return;
    const speech = { sentence, code: utterance.code, sampleRateHz: REFERENCE_HZ, voice } as const;
    const durationMs = synthesize(speech).then((samples) => (samples.length * 1000) / REFERENCE_HZ);
    // Whoever awaits it reports the failure; until then it must not count as unhandled.
    durationMs.catch(() => undefined);
    const last = this.#last;
    const isRest = last?.code === utterance.code && utterance.startMs - last.endMs <= TORN_MS;
    const before = isRest ? last.heard : Promise.resolve(NOTHING);
    this.#speaking = { sentence, durationMs, interimWords: 0, before };
    const timestamp = utterance.startMs / 1000;
    this.#post(async () => this.#options.send({ type: 'SpeechStarted', channel: [0], timestamp }));
  }

  #post(send: () => Promise<void>): void {
    this.#outbox = this.#outbox
      .then(() => (this.#isClosed ? undefined : send()))
      .catch((error: unknown) => {
        this.close();
        this.#options.onError(error instanceof Error ? error : new Error(String(error)));
      });
  }

  async #sendInterim(speaking: Speaking, heard: Utterance): Promise<void> {
    const { sentence, durationMs, before } = speaking;
    const known = goesOn(await durationMs, heard, await before);
    const words = wordsHeard(sentence, await durationMs, heard, known);
    if (words.length <= speaking.interimWords) return;
    speaking.interimWords = words.length;
    this.#options.send(resultsMessage(this.#options.streamId, heard, words));
  }

  /** @returns what is known of the sentence from now on, should it go on. */
  async #sendFinal(
    { sentence, durationMs, before }: Speaking,
    heard: Utterance,
    dueMs: number,
    isRequested: boolean,
  ): Promise<Torn> {
    const { streamId, send, onHeard } = this.#options;
    const known = goesOn(await durationMs, heard, await before);
    const words = wordsHeard(sentence, await durationMs, heard, known);
    await delay(Math.max(0, dueMs - nowMs()));
    if (this.#isClosed) return NOTHING;
    const final = { is_final: true, speech_final: true, from_finalize: isRequested };
    send({ ...resultsMessage(streamId, heard, words), ...final });
    onHeard({ atMs: nowMs(), sentence, words: words.map(({ word }) => word), streamId });
    return {
      words: known.words + words.length,
      lengthMs: known.lengthMs + heard.endMs - heard.startMs,
      codedMs: known.codedMs + heard.codedMs,
    };
  }
}

function resultsMessage(streamId: string, heard: Utterance, words: TimedWord[]): object {
  const confidence = 0.98;
  return {
    type: 'Results',
    channel_index: [0, 1],
    start: heard.startMs / 1000,
    duration: (heard.endMs - heard.startMs) / 1000,
    is_final: false,
    speech_final: false,
    channel: {
      alternatives: [
        {
          transcript: words.map(({ word }) => word).join(' '),
          confidence,
          words: words.map(({ word, startMs, endMs }) => ({
            word: word.toLowerCase().replace(/[^\p{L}\p{N}'’-]+/gu, ''),
            punctuated_word: word,
            start: startMs / 1000,
            end: endMs / 1000,
            confidence,
          })),
        },
      ],
    },
    metadata: { request_id: streamId, model_uuid: 'lab' },
  };
}
