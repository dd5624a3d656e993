/** What is spoken again, and when a voice is given up on. The plugin is one whose connections break as the test says. */
import { APIConnectionError, type APIConnectOptions, initializeLogger, tts } from '@livekit/agents';
import { AudioFrame } from '@livekit/rtc-node';
import { beforeAll, expect, test } from 'vitest';
import { limits } from './limits.ts';
import { SteadyTts } from './steady-tts.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

/** How one connection goes: all is spoken, it breaks off in the middle, at once or while this process stands still, it falls silent, or nothing comes. */
type Way = 'whole' | 'breaks off' | 'breaks off late' | 'falls silent' | 'silent';

class Connection extends tts.SynthesizeStream {
  readonly label = 'fake';
  readonly #way: Way;
  readonly #onText: (text: string) => void;

  constructor(
    owner: tts.TTS,
    options: { connOptions: APIConnectOptions; way: Way; onText: (text: string) => void },
  ) {
    super(owner, options.connOptions);
    this.#way = options.way;
    this.#onText = options.onText;
  }
  protected async run() {
    let text = '';
    for await (const piece of this.input) if (typeof piece === 'string') text += piece;
    this.#onText(text);
    const untilMs = performance.now() + 300;
    while (this.#way === 'breaks off late' && performance.now() < untilMs);
    const aborted = new Promise<void>((resolve) =>
      this.abortSignal.addEventListener('abort', () => resolve()),
    );
    if (this.#way === 'silent') return aborted;
    // 110 ms, counted through.
    const sound = Int16Array.from({ length: 2_640 }, (_, i) => i);
    const frame = new AudioFrame(sound, 24_000, 1, sound.length);
    this.queue.put({ requestId: '1', segmentId: '1', frame, final: this.#way === 'whole' });
    if (this.#way === 'falls silent') return aborted;
    if (this.#way.startsWith('breaks off')) throw new APIConnectionError({ message: 'dropped' });
    this.queue.put(tts.SynthesizeStream.END_OF_STREAM);
  }
}

class Plugin extends tts.TTS {
  readonly label = 'fake';
  readonly asked: APIConnectOptions[] = [];
  readonly texts: string[] = [];
  readonly #ways: Way[];

  constructor(ways: Way[]) {
    super(24_000, 1, { streaming: true });
    this.#ways = ways;
  }
  stream({ connOptions }: { connOptions: APIConnectOptions }) {
    this.asked.push(connOptions);
    const way = this.#ways.length > 1 ? this.#ways.shift()! : this.#ways[0]!;
    return new Connection(this, { connOptions, way, onText: (text) => this.texts.push(text) });
  }
  synthesize(): tts.ChunkedStream {
    throw new Error('not a stream');
  }
}

const text = 'Hello. To take the call, press one.';

/** Over connections that go these ways, the last of them again and again. */
async function spoken(...ways: Way[]) {
  const plugin = new Plugin(ways);
  const voice = new SteadyTts(plugin);
  const errors: unknown[] = [];
  voice.on('error', ({ recoverable }) => void errors.push(recoverable));
  const stream = voice.stream();
  stream.pushText('Hello. ');
  stream.pushText('To take the call, press one.');
  stream.endInput();
  let isEnded = false;
  const heard: tts.SynthesizedAudio[] = [];
  for await (const audio of stream)
    if (audio === tts.SynthesizeStream.END_OF_STREAM) isEnded = true;
    else heard.push(audio);
  stream.close();
  return { isEnded, heard, errors, texts: plugin.texts, asked: plugin.asked };
}

test('a connection gets one chance, within its limit', async () => {
  const { maxRetry, timeoutMs } = (await spoken('whole')).asked[0]!;
  expect({ maxRetry, timeoutMs }).toEqual({ maxRetry: 0, timeoutMs: limits.providerConnectMs });
});

test('a text that was spoken to its end is spoken once', async () => {
  expect(await spoken('whole')).toMatchObject({ isEnded: true, errors: [], texts: [text] });
});

test('sound comes in short pieces, none of it lost, and the last of them is said to be the last', async () => {
  const { heard } = await spoken('whole');
  const lengths = heard.map(({ frame }) => (frame.samplesPerChannel * 1000) / frame.sampleRate);
  expect(lengths).toEqual([40, 40, 30]);
  expect(heard.flatMap(({ frame }) => [...frame.data])).toEqual(Array.from(Array(2_640).keys()));
  expect(heard.map(({ final }) => final)).toEqual([false, false, true]);
});

test('a text that broke off is spoken again from its beginning', async () => {
  const again = await spoken('breaks off', 'whole');
  expect(again).toMatchObject({ isEnded: true, errors: [], texts: [text, text] });
});

test('a voice that fails again and again is given up on, with one error', async () => {
  const lost = await spoken('breaks off');
  expect(lost).toMatchObject({ isEnded: false, errors: [false] });
  expect(lost.texts).toHaveLength(limits.providerTries);
});

test('a voice that says nothing is given up on, and another connection gets the text', async () => {
  const again = await spoken('silent', 'whole');
  expect(again).toMatchObject({ isEnded: true, errors: [], texts: [text, text] });
});

test('what breaks off while this process has no time for it is not held against the voice', async () => {
  const late = Array.from({ length: limits.providerTries + 1 }, () => 'breaks off late' as const);
  expect(await spoken(...late, 'whole')).toMatchObject({ isEnded: true, errors: [] });
});

test('a voice that falls silent in the middle is given up on, and another connection gets the text', async () => {
  const again = await spoken('falls silent', 'whole');
  expect(again).toMatchObject({ isEnded: true, errors: [], texts: [text, text] });
}, 20_000);
