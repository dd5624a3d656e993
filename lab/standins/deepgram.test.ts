/** The Deepgram stand-in, used through LiveKit's real Deepgram plugin. */
import { initializeLogger, stt } from '@livekit/agents';
import * as deepgram from '@livekit/agents-plugin-deepgram';
import { AudioFrame } from '@livekit/rtc-node';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CodeBook } from '../audio/codes.ts';
import { decodeMuLaw, encodeMuLaw } from '../audio/g711.ts';
import { resample } from '../audio/resample.ts';
import { synthesize } from '../audio/speech.ts';
import { DeepgramStandIn } from './deepgram.ts';

const API_KEY = 'lab-deepgram';
const RATE_HZ = 16000;
const FRAME_SAMPLES = RATE_HZ / 50;
const SENTENCE = 'I would like to speak to a person about my invoice.';
let codes: CodeBook;
let standIn: DeepgramStandIn;

beforeAll(() => initializeLogger({ pretty: false, level: 'fatal' }));
beforeEach(async () => {
  codes = new CodeBook();
  standIn = await DeepgramStandIn.open({ port: 0, apiKey: API_KEY, codes });
});
afterEach(() => standIn.close());

type Listener = {
  events: { type: stt.SpeechEventType; text: string; atMs: number }[];
  errors: Error[];
  /** Pushes audio in frames of 20 ms, four times faster than real time. */
  push: (samples: Int16Array) => Promise<void>;
  texts: (type: stt.SpeechEventType) => string[];
  close: () => Promise<void>;
};

function listen(apiKey = API_KEY): Listener {
  const recognizer = new deepgram.STT({ apiKey, baseUrl: standIn.url });
  const stream = recognizer.stream();
  const events: Listener['events'] = [];
  const errors: Error[] = [];
  recognizer.on('error', ({ error }) => void errors.push(error));
  const drained = (async () => {
    for await (const { type, alternatives } of stream) {
      events.push({ type, text: alternatives?.[0]?.text ?? '', atMs: performance.now() });
    }
  })();
  return {
    events,
    errors,
    push: async (samples) => {
      for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES) {
        const frame = samples.slice(at, at + FRAME_SAMPLES);
        stream.pushFrame(new AudioFrame(frame, RATE_HZ, 1, FRAME_SAMPLES));
        await delay(5);
      }
    },
    texts: (type) => events.filter((event) => event.type === type).map(({ text }) => text),
    close: async () => {
      stream.close();
      await recognizer.close();
      await drained;
    },
  };
}

function say(sentence: string): Promise<Int16Array> {
  return synthesize({ sentence, code: codes.codeOf(sentence), sampleRateHz: RATE_HZ });
}

const silence = (ms: number): Int16Array => new Int16Array((RATE_HZ * ms) / 1000);
const { FINAL_TRANSCRIPT, INTERIM_TRANSCRIPT, START_OF_SPEECH, END_OF_SPEECH } =
  stt.SpeechEventType;

test('what is said becomes interim and final transcripts, between start and end of speech', async () => {
  const listener = listen();
  await listener.push(silence(300));
  await listener.push(await say(SENTENCE));
  await listener.push(silence(400));
  await expect.poll(() => listener.texts(END_OF_SPEECH)).toHaveLength(1);
  expect(listener.texts(FINAL_TRANSCRIPT)).toEqual([SENTENCE]);
  expect(listener.events[0]?.type).toBe(START_OF_SPEECH);
  const interims = listener.texts(INTERIM_TRANSCRIPT);
  expect(interims.length).toBeGreaterThan(3);
  for (const interim of interims) expect(SENTENCE.startsWith(interim)).toBe(true);
  expect(standIn.heard).toMatchObject([{ sentence: SENTENCE, words: SENTENCE.split(' ') }]);
  await listener.close();
});

test('a sentence is heard through a telephone: 8 kHz and mu-law', async () => {
  const listener = listen();
  const speech = await synthesize({
    sentence: SENTENCE,
    code: codes.codeOf(SENTENCE),
    sampleRateHz: 8000,
  });
  const received = Float32Array.from(decodeMuLaw(encodeMuLaw(speech)));
  await listener.push(Int16Array.from(resample(received, { from: 8000, to: RATE_HZ })));
  await listener.push(silence(200));
  await expect.poll(() => listener.texts(FINAL_TRANSCRIPT)).toEqual([SENTENCE]);
  await listener.close();
});

test('two sentences become two finals', async () => {
  const listener = listen();
  await listener.push(await say(SENTENCE));
  await listener.push(silence(200));
  await listener.push(await say('Yes, please.'));
  await listener.push(silence(200));
  await expect.poll(() => listener.texts(FINAL_TRANSCRIPT)).toEqual([SENTENCE, 'Yes, please.']);
  await listener.close();
});

test.each([
  ['falls silent', silence(400)],
  ['stops arriving', silence(0)],
])('audio that %s midway yields only the leading words', async (_, after) => {
  const listener = listen();
  const speech = await say(SENTENCE);
  await listener.push(speech.subarray(0, speech.length / 2));
  await listener.push(after);
  await expect.poll(() => listener.texts(END_OF_SPEECH), { timeout: 3000 }).toHaveLength(1);
  const [heard] = listener.texts(FINAL_TRANSCRIPT);
  const count = heard?.split(' ').length ?? 0;
  expect(heard).toBe(SENTENCE.split(' ').slice(0, count).join(' '));
  expect(count).toBeGreaterThan(2);
  expect(count).toBeLessThan(8);
  expect(standIn.heard).toMatchObject([{ sentence: SENTENCE, words: heard?.split(' ') }]);
  await listener.close();
});

test('a sentence that is torn comes in pieces, and each of its words once', async () => {
  const listener = listen();
  const speech = await say(SENTENCE);
  await listener.push(speech.subarray(0, speech.length / 2));
  await listener.push(silence(400));
  await listener.push(speech.subarray(speech.length / 2));
  await listener.push(silence(400));
  const texts = () => listener.texts(FINAL_TRANSCRIPT);
  await expect.poll(() => texts().join(' '), { timeout: 3000 }).toBe(SENTENCE);
  expect(texts()).toHaveLength(2);
  await listener.close();
});

test('a last syllable that comes late is not the sentence again', async () => {
  const listener = listen();
  const speech = await say(SENTENCE);
  const lateFrom = speech.length - 0.15 * RATE_HZ;
  await listener.push(speech.subarray(0, lateFrom));
  await listener.push(silence(300));
  await listener.push(speech.subarray(lateFrom));
  await listener.push(silence(400));
  // A sentence after it proves that nothing more is to come.
  await listener.push(await say('Hello there.'));
  await listener.push(silence(400));
  const texts = () => listener.texts(FINAL_TRANSCRIPT).join(' ');
  await expect.poll(texts, { timeout: 3000 }).toBe(`${SENTENCE} Hello there.`);
  await listener.close();
});

test('a sentence is not said again because the line tore it and made it longer', async () => {
  const listener = listen();
  const speech = await say(SENTENCE);
  const firstWord = 0.3 * RATE_HZ;
  await listener.push(speech.subarray(0, firstWord));
  await listener.push(silence(400));
  const step = RATE_HZ / 2;
  for (let at = firstWord; at < speech.length; at += step) {
    await listener.push(speech.subarray(at, at + step));
    await listener.push(silence(60));
  }
  await listener.push(silence(400));
  const texts = () => listener.texts(FINAL_TRANSCRIPT);
  await expect.poll(() => texts().join(' '), { timeout: 3000 }).toBe(SENTENCE);
  await listener.close();
});

test.each([
  ['again', 1, 300],
  ['again after it was broken off', 0.5, 1_500],
])('a sentence that is said %s is heard from its first word', async (_, share, pauseMs) => {
  const listener = listen();
  const speech = await say(SENTENCE);
  await listener.push(speech.subarray(0, share * speech.length));
  await listener.push(silence(pauseMs));
  await listener.push(speech);
  await listener.push(silence(400));
  const texts = () => listener.texts(FINAL_TRANSCRIPT);
  await expect.poll(() => texts().at(1), { timeout: 3000 }).toBe(SENTENCE);
  await listener.close();
});

test('a few lost packets do not end a sentence', async () => {
  const listener = listen();
  const speech = (await say(SENTENCE)).slice();
  speech.fill(0, RATE_HZ, RATE_HZ + 2 * FRAME_SAMPLES);
  await listener.push(speech);
  await listener.push(silence(400));
  await expect.poll(() => listener.texts(FINAL_TRANSCRIPT)).toEqual([SENTENCE]);
  await listener.close();
});

test('silence, noise and chords of no sentence say nothing', async () => {
  const listener = listen();
  await listener.push(silence(1000));
  await listener.push(Int16Array.from(silence(2000), () => (Math.random() - 0.5) * 20000));
  await listener.push(silence(600));
  await listener.push(await synthesize({ sentence: 'Who?', code: 200, sampleRateHz: RATE_HZ }));
  await listener.push(silence(200));
  // A sentence after it proves that the stream was listening all the while.
  await listener.push(await say('Hello there.'));
  await listener.push(silence(200));
  await expect.poll(() => listener.texts(FINAL_TRANSCRIPT)).toEqual(['Hello there.']);
  expect(listener.texts(START_OF_SPEECH)).toHaveLength(1);
  await listener.close();
});

test('a final transcript waits finalMs', async () => {
  standIn.setLatency({ finalMs: 500 });
  const listener = listen();
  await listener.push(await say('Hello there.'));
  const saidMs = performance.now();
  await listener.push(silence(400));
  await expect.poll(() => listener.texts(END_OF_SPEECH), { timeout: 3000 }).toHaveLength(1);
  const final = listener.events.find(({ type }) => type === FINAL_TRANSCRIPT);
  expect(final!.atMs - saidMs).toBeGreaterThan(480);
  await listener.close();
});

test('two callers are heard apart', async () => {
  const [one, two] = [listen(), listen()];
  const said = [await say('My parcel is late.'), await say('My invoice is wrong.')] as const;
  await Promise.all([one.push(said[0]), two.push(said[1])]);
  await Promise.all([one.push(silence(200)), two.push(silence(200))]);
  await expect.poll(() => one.texts(FINAL_TRANSCRIPT)).toEqual(['My parcel is late.']);
  await expect.poll(() => two.texts(FINAL_TRANSCRIPT)).toEqual(['My invoice is wrong.']);
  expect(new Set(standIn.heard.map(({ streamId }) => streamId)).size).toBe(2);
  await Promise.all([one.close(), two.close()]);
});

test('a wrong key is refused with 401', async () => {
  const listener = listen('wrong');
  await expect.poll(() => listener.errors).not.toHaveLength(0);
  expect(listener.errors[0]).toMatchObject({ statusCode: 401 });
  expect(standIn.heard).toEqual([]);
});

test('an espeak-ng that fails closes the stream with the reason', async () => {
  const sentence = 'Nobody can measure this one.';
  const speech = await say(sentence);
  const others = new CodeBook();
  others.codeOf('It has the same code in another book.');
  const broken = await DeepgramStandIn.open({
    port: 0,
    apiKey: API_KEY,
    codes: others,
    voice: { espeakNg: './no-such-espeak-ng' },
  });
  const socket = new WebSocket(`${broken.url}/v1/listen?encoding=linear16&sample_rate=16000`, {
    headers: { Authorization: `Token ${API_KEY}` },
  });
  await once(socket, 'open');
  const closed = once(socket, 'close');
  socket.send(Buffer.concat([Buffer.from(speech.buffer), Buffer.alloc(RATE_HZ)]));
  const [code, reason] = (await closed) as [number, Buffer];
  expect(code).toBe(1011);
  expect(String(reason)).toContain('no-such-espeak-ng');
  await broken.close();
});
