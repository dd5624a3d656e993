/** What a new connection gets to hear, and when there is one. The plugin is one whose connections the test ends itself. */
import { APIConnectionError, type APIConnectOptions, initializeLogger, stt } from '@livekit/agents';
import { AudioFrame } from '@livekit/rtc-node';
import { beforeAll, expect, test, vi } from 'vitest';
import { limits } from './limits.ts';
import { SteadyStt } from './steady-stt.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

const frameMs = 500;

class Connection extends stt.SpeechStream {
  readonly label = 'fake';
  heardMs = 0;
  readonly #isRefused: boolean;

  constructor(owner: stt.STT, options: APIConnectOptions, isRefused: boolean) {
    super(owner, undefined, options);
    this.#isRefused = isRefused;
  }
  protected async run() {
    if (this.#isRefused) throw new APIConnectionError({ message: 'refused' });
    for await (const item of this.input) if (typeof item !== 'symbol') this.heardMs += frameMs;
  }
  understands(text: string) {
    const data = { text, language: 'en', startTime: 0, endTime: 0, confidence: 1 } as never;
    this.queue.put({ type: stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives: [data] });
  }
}

class Plugin extends stt.STT {
  readonly label = 'fake';
  readonly connections: Connection[] = [];
  readonly asked: APIConnectOptions[] = [];
  isAway = false;

  constructor() {
    super({ streaming: true, interimResults: true });
  }
  stream({ connOptions }: { connOptions: APIConnectOptions }) {
    this.asked.push(connOptions);
    const connection = new Connection(this, connOptions, this.isAway);
    this.connections.push(connection);
    return connection;
  }
  protected _recognize(): Promise<stt.SpeechEvent> {
    throw new Error('not a stream');
  }
}

async function listening() {
  const plugin = new Plugin();
  const steady = new SteadyStt(plugin);
  const stream = steady.stream();
  const words: string[] = [];
  void (async () => {
    for await (const { type, alternatives } of stream) {
      if (type === stt.SpeechEventType.FINAL_TRANSCRIPT) words.push(alternatives![0].text);
    }
  })();
  const hear = (forMs: number) => {
    const samples = (16_000 * frameMs) / 1_000;
    for (let ms = 0; ms < forMs; ms += frameMs) {
      stream.pushFrame(new AudioFrame(new Int16Array(samples), 16_000, 1, samples));
    }
  };
  await vi.waitFor(() => expect(plugin.connections).toHaveLength(1));
  return { plugin, steady, stream, words, hear };
}

test('a connection gets one chance, within its limit', async () => {
  const { plugin, stream } = await listening();
  const { maxRetry, timeoutMs } = plugin.asked[0]!;
  expect({ maxRetry, timeoutMs }).toEqual({ maxRetry: 0, timeoutMs: limits.providerConnectMs });
  stream.close();
});

test('what became no words is heard again, and what did is not', async () => {
  const { plugin, steady, stream, words, hear } = await listening();
  hear(2_000);
  await vi.waitFor(() => expect(plugin.connections[0]!.heardMs).toBe(2_000));
  plugin.connections[0]!.understands('Hello.');
  await vi.waitFor(() => expect(words).toEqual(['Hello.']));
  hear(1_000);
  await vi.waitFor(() => expect(plugin.connections[0]!.heardMs).toBe(3_000));
  steady.hearAgain();
  await vi.waitFor(() => expect(plugin.connections[1]?.heardMs).toBe(1_000));
  stream.close();
});

test('what nobody could hear is not kept for longer than its limit', async () => {
  const { plugin, steady, stream, hear } = await listening();
  hear(2 * limits.hearAgainMs);
  await vi.waitFor(() => expect(plugin.connections[0]!.heardMs).toBe(2 * limits.hearAgainMs));
  steady.hearAgain();
  await vi.waitFor(() => expect(plugin.connections[1]?.heardMs).toBe(limits.hearAgainMs));
  stream.close();
});

test('nothing is connected anew when nothing was heard, or after the end', async () => {
  const { plugin, steady, stream, hear } = await listening();
  steady.hearAgain();
  hear(1_000);
  stream.close();
  steady.hearAgain();
  await new Promise((resolve) => setTimeout(resolve, 2 * limits.providerPauseMs));
  expect(plugin.connections).toHaveLength(1);
});

test('whoever waits for words is told, once, that there is no connection, and it is tried again', async () => {
  const { plugin, steady, stream, hear } = await listening();
  const onUnheard = vi.fn();
  steady.onUnheard = onUnheard;
  hear(1_000);
  await vi.waitFor(() => expect(plugin.connections[0]!.heardMs).toBe(1_000));
  plugin.isAway = true;
  steady.hearAgain();
  await vi.waitFor(() => expect(plugin.connections.length).toBeGreaterThan(2));
  expect(onUnheard).toHaveBeenCalledOnce();
  plugin.isAway = false;
  await vi.waitFor(() => expect(plugin.connections.at(-1)!.heardMs).toBe(1_000), 5_000);
  stream.close();
});
