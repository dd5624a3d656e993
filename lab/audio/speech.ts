/**
 * Spoken sentences, made once each: what the phones say and the text-to-speech stand-in sends.
 *
 * They are made in a thread of their own, so that packets go out in time meanwhile. A sentence is audible from its
 * first sample to its last; whoever needs silence adds it.
 */
import { Worker } from 'node:worker_threads';
import type { Speech } from './speaking.ts';
import type { Made } from './speech-thread.ts';

/** To be spoken without a code: a voice that says nothing. */
export const COUGH = 'Hm, ahem.';

/** How people and machines talk in a lab. */
export type Voice = {
  /** The espeak-ng program; by default found on the path. */
  espeakNg?: string;
  wordsPerMinute?: number;
};

/** Of an unhurried speaker, and espeak-ng's own. */
export const USUAL_WORDS_PER_MINUTE = 175;
/** Of a speaker in a hurry, of whom every word is understood. It makes a call about a quarter shorter. */
export const HURRIED_WORDS_PER_MINUTE = 250;

export type SpeechOptions = Pick<Speech, 'sentence' | 'code' | 'sampleRateHz'> & {
  voice?: Voice | undefined;
};

const cache = new Map<string, Promise<Int16Array>>();
const CACHE_MAX = 1000;

/**
 * The sentence as 16-bit samples. Remembered per sentence, code, rate and pace; do not write into the result.
 * Rejects when espeak-ng is missing, fails, takes longer than 10 s or finds nothing to say.
 */
export function synthesize(options: SpeechOptions): Promise<Int16Array> {
  const { sentence, code, sampleRateHz, voice } = options;
  const { espeakNg = 'espeak-ng', wordsPerMinute = USUAL_WORDS_PER_MINUTE } = voice ?? {};
  const key = `${sampleRateHz} ${wordsPerMinute} ${code} ${sentence}`;
  const known = cache.get(key);
  if (known) return known;
  const speech = make({ sentence, code, sampleRateHz, espeakNg, wordsPerMinute });
  cache.set(key, speech);
  speech.catch(() => cache.delete(key));
  if (cache.size > CACHE_MAX) cache.delete(cache.keys().next().value!);
  return speech;
}

type Order = { resolve: (samples: Int16Array) => void; reject: (error: Error) => void };
const orders = new Map<number, Order>();
let lastId = 0;
let thread: Worker | undefined;

function make(speech: Speech): Promise<Int16Array> {
  thread ??= startThread();
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    orders.set(id, { resolve, reject });
    // It keeps the process alive only while somebody waits for it.
    thread!.ref();
    thread!.postMessage({ id, speech });
  });
}

function startThread(): Worker {
  const started = new Worker(new URL('./speech-thread.ts', import.meta.url));
  started.on('message', (made: Made) => {
    const order = orders.get(made.id)!;
    orders.delete(made.id);
    if (orders.size === 0) started.unref();
    if ('samples' in made) order.resolve(made.samples);
    else order.reject(new Error(made.error));
  });
  // What is thrown in the thread ends it, and whoever waits is told.
  started.on('error', (error) => {
    for (const { reject } of orders.values()) reject(error);
    orders.clear();
    thread = undefined;
  });
  return started;
}
