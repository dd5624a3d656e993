/** The Cartesia stand-in, used through LiveKit's real Cartesia plugin. */
import { DEFAULT_API_CONNECT_OPTIONS, initializeLogger, tts } from '@livekit/agents';
import * as cartesia from '@livekit/agents-plugin-cartesia';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CodeBook } from '../audio/codes.ts';
import { FrameAnalyzer } from '../audio/frames.ts';
import { CartesiaStandIn } from './cartesia.ts';

const API_KEY = 'lab-cartesia';
let codes: CodeBook;
let standIn: CartesiaStandIn;

beforeAll(() => initializeLogger({ pretty: false, level: 'fatal' }));
beforeEach(async () => {
  codes = new CodeBook();
  standIn = await CartesiaStandIn.open({ port: 0, apiKey: API_KEY, codes });
});
afterEach(() => standIn.close());

type Speech = { samples: Int16Array; firstFrameMs: number; errors: Error[] };

/** Speaks with the plugin, as AgentSession does: the text word by word, an error listener for retries. */
async function speak(
  text: string,
  options: Partial<cartesia.TTSOptions> = {},
  connOptions = DEFAULT_API_CONNECT_OPTIONS,
): Promise<Speech> {
  const voice = new cartesia.TTS({ apiKey: API_KEY, baseUrl: standIn.url, ...options });
  const errors: Error[] = [];
  voice.on('error', ({ error }) => void errors.push(error));
  const startedMs = performance.now();
  let firstFrameMs = Infinity;
  const parts: number[] = [];
  try {
    const stream = voice.stream({ connOptions });
    for (const word of text.match(/\S+\s*/g) ?? []) stream.pushText(word);
    stream.endInput();
    for await (const audio of stream) {
      if (audio === tts.SynthesizeStream.END_OF_STREAM) break;
      firstFrameMs = Math.min(firstFrameMs, performance.now() - startedMs);
      for (const sample of audio.frame.data) parts.push(sample);
    }
  } finally {
    await voice.close();
  }
  return { samples: Int16Array.from(parts), firstFrameMs, errors };
}

/** The sentences that the frames carry, in order, without the frames between them. */
function sentencesIn(samples: Int16Array, sampleRateHz: number): string[] {
  const analyzer = new FrameAnalyzer(sampleRateHz);
  const sentences: string[] = [];
  for (let at = 0; at + analyzer.frameSamples <= samples.length; at += analyzer.frameSamples) {
    const { code } = analyzer.analyze(samples.subarray(at, at + analyzer.frameSamples));
    const sentence = code === undefined ? undefined : codes.sentenceOf(code);
    if (sentence !== undefined && sentence !== sentences.at(-1)) sentences.push(sentence);
  }
  return sentences;
}

const SENTENCES = [
  'Thank you for calling.',
  'I can see your order.',
  'Yes.',
  'Shall I transfer you?',
] as const;

test('a text of several sentences is heard sentence by sentence, in order', async () => {
  const { samples } = await speak(SENTENCES.join(' '));
  expect(sentencesIn(samples, 24000)).toEqual(SENTENCES);
  expect(standIn.spoken.map(({ sentence }) => sentence)).toEqual(SENTENCES);
  const spokenMs = standIn.spoken.reduce((sum, { durationMs }) => sum + durationMs, 0);
  expect(samples.length / 24).toBeCloseTo(spokenMs, 0);
  expect(new Set(standIn.spoken.map(({ contextId }) => contextId)).size).toBe(1);
});

test('speaks at the rate that is asked for', async () => {
  const { samples } = await speak(SENTENCES[0], { sampleRate: 8000 });
  expect(sentencesIn(samples, 8000)).toEqual([SENTENCES[0]]);
});

test('waits firstChunkMs before the first audio', async () => {
  await speak(SENTENCES[0]);
  standIn.setLatency({ firstChunkMs: 400 });
  expect((await speak(SENTENCES[0])).firstFrameMs).toBeGreaterThan(390);
});

test('two voices at once do not mix', async () => {
  const [one, two] = await Promise.all([speak(SENTENCES[0]), speak(SENTENCES[1])]);
  expect(sentencesIn(one.samples, 24000)).toEqual([SENTENCES[0]]);
  expect(sentencesIn(two.samples, 24000)).toEqual([SENTENCES[1]]);
});

test('a text without a word is done without audio', async () => {
  const { socket, messages } = await connect();
  socket.send(generation({ transcript: ' ', continue: false }));
  await expect.poll(() => messages).toMatchObject([{ type: 'done', context_id: 'c1' }]);
  socket.close();
});

test('a cancelled context falls silent', async () => {
  const { socket, messages } = await connect();
  socket.send(generation({ transcript: SENTENCES[0], continue: true }));
  socket.send(JSON.stringify({ context_id: 'c1', cancel: true }));
  socket.send(generation({ context_id: 'c2', transcript: SENTENCES[1], continue: false }));
  await expect.poll(() => messages.at(-1)).toMatchObject({ type: 'done', context_id: 'c2' });
  expect(messages.filter((message) => message['context_id'] === 'c1')).toEqual([]);
  socket.close();
});

test('a socket that is dropped mid-stream loses this utterance and no other', async () => {
  standIn.faults.set({ kind: 'drop', afterMessages: 3 });
  // No retries: the plugin would make them, but with its text used up, and fail four seconds later all the same.
  const cut = await speak(SENTENCES[0], {}, { ...DEFAULT_API_CONNECT_OPTIONS, maxRetry: 0 });
  expect(cut.errors[0]?.message).toContain('closed mid-generation');
  expect(cut.samples.length / 24).toBeLessThan(300);
  const next = await speak(SENTENCES[1]);
  expect(sentencesIn(next.samples, 24000)).toEqual([SENTENCES[1]]);
});

test('a wrong key is refused with 401', async () => {
  const { samples, errors } = await speak(SENTENCES[0], { apiKey: 'wrong' });
  expect(samples).toHaveLength(0);
  expect(errors[0]).toMatchObject({ statusCode: 401 });
  expect(standIn.spoken).toEqual([]);
});

async function connect(): Promise<{ socket: WebSocket; messages: Record<string, unknown>[] }> {
  const url = `${standIn.url.replace('http', 'ws')}/tts/websocket`;
  const socket = new WebSocket(url, { headers: { 'X-API-Key': API_KEY } });
  const messages: Record<string, unknown>[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8'))));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { socket, messages };
}

function generation(fields: object): string {
  const output_format = { container: 'raw', encoding: 'pcm_s16le', sample_rate: 8000 };
  return JSON.stringify({ context_id: 'c1', output_format, ...fields });
}
