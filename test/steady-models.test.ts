/** Connections to the speech providers that break: LiveKit's real plugins, against stand-ins on the wire, with our mending. */
import { initializeLogger, stt, tts } from '@livekit/agents';
import * as cartesia from '@livekit/agents-plugin-cartesia';
import * as deepgram from '@livekit/agents-plugin-deepgram';
import { AudioFrame } from '@livekit/rtc-node';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from '../agent/limits.ts';
import { SteadyStt } from '../agent/steady-stt.ts';
import { SteadyTts } from '../agent/steady-tts.ts';
import { words } from '../agent/words.ts';
import { CodeBook } from '../lab/audio/codes.ts';
import { synthesize } from '../lab/audio/speech.ts';
import { type StandIns, openStandIns } from '../lab/standins/standins.ts';

const rateHz = 16_000;
const codes = new CodeBook();
let standIns: StandIns;
beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(async () => void (standIns = await openStandIns({ codes, script: () => ({}) })));
afterEach(() => standIns.close());

describe('speech-to-text', () => {
  const [first, second] = ['My parcel is lost.', 'I would like to talk to somebody about it.'];

  /** Hears over a plugin, with or without the mending, in real time four times over. */
  function listener(wrap: (plugin: stt.STT) => stt.STT) {
    const { DEEPGRAM_API_KEY: apiKey, DEEPGRAM_BASE_URL: baseUrl } = standIns.env;
    const recognizer = wrap(new deepgram.STT({ apiKey, baseUrl }));
    const stream = recognizer.stream();
    const heard: string[] = [];
    const errors: Error[] = [];
    recognizer.on('error', ({ error }) => void errors.push(error));
    const drained = (async () => {
      for await (const { type, alternatives } of stream) {
        if (type === stt.SpeechEventType.FINAL_TRANSCRIPT) heard.push(alternatives![0].text);
      }
    })();
    const hear = async (samples: Int16Array) => {
      for (let at = 0; at + 320 <= samples.length; at += 320) {
        stream.pushFrame(new AudioFrame(samples.slice(at, at + 320), rateHz, 1, 320));
        await delay(5);
      }
    };
    return {
      heard,
      errors,
      says: async (sentence: string) => {
        const code = codes.codeOf(sentence);
        await hear(await synthesize({ sentence, code, sampleRateHz: rateHz }));
        await hear(new Int16Array(rateHz));
      },
      close: async () => {
        stream.close();
        await recognizer.close();
        await drained;
      },
    };
  }

  test('the plugin alone goes deaf when its connection drops; this test fails when that is mended', async () => {
    const alone = listener((plugin) => plugin);
    await alone.says(first);
    await vi.waitFor(() => expect(alone.heard).toEqual([first]));
    standIns.dropSockets('deepgram');
    await alone.says(second);
    await delay(1_000);
    expect(alone.heard).toEqual([first]);
    expect(alone.errors).toEqual([]);
    await alone.close();
  });

  test.each<[string, () => void]>([
    ['drops', () => standIns.dropSockets('deepgram')],
    ['falls silent', () => standIns.faults.deepgram.set({ kind: 'stall', afterMessages: 0 })],
  ])('what was said over a connection that %s is heard by the next, once', async (_, breakIt) => {
    let steady: SteadyStt | undefined;
    const mended = listener((plugin) => (steady = new SteadyStt(plugin)));
    await mended.says(first);
    await vi.waitFor(() => expect(mended.heard).toEqual([first]));
    breakIt();
    await mended.says(second);
    standIns.faults.deepgram.heal();
    steady!.hearAgain();
    await vi.waitFor(() => expect(mended.heard).toEqual([first, second]), 5_000);
    await mended.says(first);
    await vi.waitFor(() => expect(mended.heard).toEqual([first, second, first]));
    await mended.close();
  });

  test('a provider that is away is tried until it is back, and whoever waits for words is told', async () => {
    standIns.faults.deepgram.set({ kind: 'refuse', status: 503 });
    const onUnheard = vi.fn();
    let steady: SteadyStt | undefined;
    const mended = listener((plugin) => (steady = new SteadyStt(plugin)));
    steady!.onUnheard = onUnheard;
    await mended.says(first);
    expect(onUnheard).not.toHaveBeenCalled();
    steady!.hearAgain();
    await vi.waitFor(() => expect(onUnheard).toHaveBeenCalledOnce());
    standIns.faults.deepgram.heal();
    await vi.waitFor(() => expect(mended.heard).toEqual([first]), 2 * limits.hearPauseMs);
    expect(onUnheard).toHaveBeenCalledOnce();
    expect(mended.errors).toEqual([]);
    await mended.close();
  });

  test('a key that is refused is no reason to go on trying: the session learns of it', async () => {
    standIns.faults.deepgram.set({ kind: 'refuse', status: 401 });
    const mended = listener((plugin) => new SteadyStt(plugin));
    await vi.waitFor(() => expect(mended.errors).toHaveLength(1));
    await mended.close();
  });

  test('nothing is connected any more when it is closed', async () => {
    const mended = listener((plugin) => new SteadyStt(plugin));
    await mended.says(first);
    await mended.close();
    expect(mended.heard).toEqual([first]);
  });
});

describe('the voice', () => {
  const text = words.consultation.headline('the billing team', words.consultation.noSummary);

  async function speak(wrap: (plugin: tts.TTS) => tts.TTS) {
    const { CARTESIA_API_KEY: apiKey, CARTESIA_BASE_URL: baseUrl } = standIns.env;
    const voice = wrap(new cartesia.TTS({ apiKey, baseUrl }));
    const errors: Error[] = [];
    voice.on('error', ({ error }) => void errors.push(error));
    const stream = voice.stream();
    stream.pushText(text);
    stream.endInput();
    let [spokenMs, isEnded] = [0, false];
    for await (const audio of stream) {
      if (audio === tts.SynthesizeStream.END_OF_STREAM) isEnded = true;
      else spokenMs += (1_000 * audio.frame.samplesPerChannel) / audio.frame.sampleRate;
    }
    stream.close();
    await voice.close();
    return { spokenMs, isEnded, errors };
  }
  const steady = (plugin: tts.TTS) => new SteadyTts(plugin);
  const drop = { kind: 'drop', afterMessages: 40 } as const;

  test('a text is spoken once, to its end', async () => {
    const whole = await speak((plugin) => plugin);
    const mended = await speak(steady);
    expect(mended.isEnded).toBe(true);
    expect(mended.spokenMs).toBeCloseTo(whole.spokenMs, -2);
  });

  test('the plugin alone loses what a dropped connection had not sent; this test fails when that is mended', async () => {
    const whole = await speak((plugin) => plugin);
    standIns.faults.cartesia.set(drop);
    const cut = await speak((plugin) => plugin);
    expect(cut.spokenMs).toBeLessThan(whole.spokenMs - 1_000);
  });

  test('a text that was cut off is spoken again, to its end', async () => {
    const whole = await speak(steady);
    standIns.faults.cartesia.set(drop);
    const mended = await speak(steady);
    expect(mended).toMatchObject({ isEnded: true, errors: [] });
    expect(mended.spokenMs).toBeGreaterThan(whole.spokenMs + 500);
  });

  test.each([
    ['refuses', { kind: 'refuse', status: 503 }],
    ['says nothing', { kind: 'stall', afterMessages: 0 }],
  ] as const)('a provider that %s ends in an error, not in silence', async (_, fault) => {
    standIns.faults.cartesia.set(fault);
    const lost = await speak(steady);
    expect(lost).toMatchObject({ spokenMs: 0, isEnded: false });
    expect(lost.errors).toHaveLength(1);
  });
});
