/** How late voice detection may be. The plugin's detector is real; what makes it late is a reader of its events that takes its time. */
import { type VADEvent, initializeLogger } from '@livekit/agents';
import * as silero from '@livekit/agents-plugin-silero';
import { AudioFrame } from '@livekit/rtc-node';
import { ReadableStream } from 'node:stream/web';
import { beforeAll, expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { PromptVad } from './prompt-vad.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

const frameMs = 50;
/** The detector keeps some sound back until more comes. */
const keptMs = 100;
const silence = () => new AudioFrame(new Int16Array(800), 16_000, 1, 800);

/** Hears this much silence at once, and reads the events one by one when told to. */
async function detector(forMs: number) {
  let droppedMs = 0;
  const vad = new PromptVad(await silero.VAD.load(), (ms) => (droppedMs += ms));
  const stream = vad.stream();
  const all: VADEvent[] = [];
  let controller!: ReadableStreamDefaultController<AudioFrame>;
  const sound = new ReadableStream<AudioFrame>({ start: (given) => void (controller = given) });
  stream.updateInputStream(sound);
  const hear = (ms: number) => {
    for (let at = 0; at < ms; at += frameMs) controller.enqueue(silence());
  };
  hear(forMs);
  return {
    hear,
    flush: () => stream.flush(),
    dropped: () => droppedMs,
    readUntil: async (heardMs: number) => {
      while ((all.at(-1)?.timestamp ?? 0) < heardMs - keptMs)
        all.push((await stream.next()).value!);
    },
    /** To the first event of a turn. */
    readAnew: async () => {
      do all.push((await stream.next()).value!);
      while (all.at(-1)!.timestamp > 32);
    },
    turn: () => new Promise((resolve) => setTimeout(resolve, 50)),
  };
}

test('what comes while a second waits is dropped and counted, and all before it is heard', async () => {
  const { dropped, readUntil, turn } = await detector(5_000);
  await turn();
  expect(dropped()).toBeGreaterThanOrEqual(5_000 - limits.lateMs - frameMs);
  expect(dropped()).toBeLessThanOrEqual(5_000 - limits.lateMs + frameMs);
  await readUntil(limits.lateMs);
});

test('when it has caught up it hears again', async () => {
  const { hear, dropped, readUntil, turn } = await detector(5_000);
  await turn();
  await readUntil(limits.lateMs);
  const before = dropped();
  hear(500);
  await readUntil(limits.lateMs + 500);
  expect(dropped()).toBe(before);
});

test('a detector that keeps up hears everything', async () => {
  const { hear, dropped, readUntil } = await detector(500);
  for (let heardMs = 500; heardMs <= 4_000; heardMs += 500) {
    await readUntil(heardMs);
    hear(500);
  }
  expect(dropped()).toBe(0);
});

test('a turn that is cut off, after which the detector counts anew, makes nobody deaf', async () => {
  const { hear, flush, dropped, readUntil, readAnew } = await detector(900);
  for (let turn = 0; turn < 4; turn++) {
    await readUntil(900);
    flush();
    hear(900);
    await readAnew();
  }
  expect(dropped()).toBe(0);
});
