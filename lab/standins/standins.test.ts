/** All three stand-ins in a circle, through the real plugins: the model's words are spoken, heard, and come back as text. */
import { initializeLogger, llm, stt, tts } from '@livekit/agents';
import * as cartesia from '@livekit/agents-plugin-cartesia';
import * as deepgram from '@livekit/agents-plugin-deepgram';
import * as openai from '@livekit/agents-plugin-openai';
import { AudioFrame } from '@livekit/rtc-node';
import { once } from 'node:events';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CodeBook } from '../audio/codes.ts';
import { sentencesOf } from './sentences.ts';
import { openStandIns, type StandIns } from './standins.ts';

const REPLY = 'I am sorry to hear that. A human agent will be with you shortly.';
let standIns: StandIns;

beforeAll(() => initializeLogger({ pretty: false, level: 'fatal' }));
beforeEach(async () => {
  standIns = await openStandIns({ codes: new CodeBook(), script: () => ({ say: REPLY }) });
});
afterEach(() => standIns.close());

async function ask(): Promise<string> {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL } = standIns.env;
  const chatCtx = new llm.ChatContext();
  chatCtx.addMessage({ role: 'user', content: 'My parcel is lost.' });
  let text = '';
  for await (const chunk of new openai.LLM({ apiKey, baseURL }).chat({ chatCtx })) {
    text += chunk.delta?.content ?? '';
  }
  return text;
}

async function speak(text: string): Promise<AudioFrame[]> {
  const { CARTESIA_API_KEY: apiKey, CARTESIA_BASE_URL: baseUrl } = standIns.env;
  const voice = new cartesia.TTS({ apiKey, baseUrl, sampleRate: 16000 });
  const stream = voice.stream();
  stream.pushText(text);
  stream.endInput();
  const frames: AudioFrame[] = [];
  for await (const audio of stream) {
    if (audio === tts.SynthesizeStream.END_OF_STREAM) break;
    frames.push(audio.frame);
  }
  await voice.close();
  return frames;
}

/** Final transcripts until `count` have come. */
async function hear(frames: AudioFrame[], count: number): Promise<string[]> {
  const { DEEPGRAM_API_KEY: apiKey, DEEPGRAM_BASE_URL: baseUrl } = standIns.env;
  const recognizer = new deepgram.STT({ apiKey, baseUrl });
  const stream = recognizer.stream();
  for (const frame of frames) stream.pushFrame(frame);
  stream.pushFrame(new AudioFrame(new Int16Array(3200), 16000, 1, 3200));
  const finals: string[] = [];
  for await (const { type, alternatives } of stream) {
    if (type === stt.SpeechEventType.FINAL_TRANSCRIPT) finals.push(alternatives![0].text);
    if (finals.length === count) break;
  }
  stream.close();
  await recognizer.close();
  return finals;
}

test('what the model says is spoken, heard and logged, by the environment alone', async () => {
  const sentences = sentencesOf(REPLY);
  const text = await ask();
  expect(text).toBe(REPLY);
  expect(await hear(await speak(text), sentences.length)).toEqual(sentences);
  expect(standIns.requests.map(({ request }) => request.lastUser)).toEqual(['My parcel is lost.']);
  expect(standIns.spoken.map(({ sentence }) => sentence)).toEqual(sentences);
  expect(standIns.heard.map(({ words }) => words.join(' '))).toEqual(sentences);
});

test('a new script counts from the next request', async () => {
  standIns.setScript(({ lastUser }) => ({ say: `Echo: ${lastUser}` }));
  expect(await ask()).toBe('Echo: My parcel is lost.');
});

test('closing drops open sockets and frees the ports', async () => {
  const { CARTESIA_API_KEY: key, CARTESIA_BASE_URL: url } = standIns.env;
  const headers = { 'X-API-Key': key };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/tts/websocket`, { headers });
  await once(socket, 'open');
  const closed = once(socket, 'close');
  await standIns.close();
  expect((await closed)[0]).toBe(1006);
  await expect(fetch(url)).rejects.toThrow();
});
