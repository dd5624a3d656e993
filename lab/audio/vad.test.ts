/** The lab's speech must be speech to the detector that the application uses, and its pilots must be silence to it. */
import { initializeLogger, type VAD, VADEventType } from '@livekit/agents';
import * as silero from '@livekit/agents-plugin-silero';
import { AudioFrame } from '@livekit/rtc-node';
import { beforeAll, expect, test } from 'vitest';
import { decodeMuLaw, encodeMuLaw } from './g711.ts';
import { resample } from './resample.ts';
import { addTones } from './speaking.ts';
import { COUGH, synthesize } from './speech.ts';
import { pilotTones } from './tones.ts';

const RATE = 16_000;
const INFERENCE_SAMPLES = 512;
const LEAD_SECONDS = 1;

let vad: VAD;
beforeAll(async () => {
  initializeLogger({ pretty: false, level: 'warn' });
  vad = await silero.VAD.load();
});

/** A phone's audio: its pilot throughout and, after a second, the speech; then 1.5 s of the pilot alone. */
function phoneAudio(speech: Int16Array): Int16Array {
  const signal = addTones(
    new Float32Array(8000 * (LEAD_SECONDS + 1.5) + speech.length),
    pilotTones(1),
    -40,
    8000,
  );
  speech.forEach((value, i) => (signal[8000 * LEAD_SECONDS + i]! += value / 32768));
  const sent = encodeMuLaw(
    Int16Array.from(signal, (v) => Math.round(32767 * Math.max(-1, Math.min(1, v)))),
  );
  const narrow = Float32Array.from(decodeMuLaw(sent), (v) => v / 32768);
  return Int16Array.from(resample(narrow, { from: 8000, to: RATE }), (v) =>
    Math.round(32767 * Math.max(-1, Math.min(1, v))),
  );
}

/** Start and end of speech, in seconds of the audio. */
async function detect(
  samples: Int16Array,
): Promise<{ event: 'start' | 'end'; atSeconds: number }[]> {
  const stream = vad.stream();
  for (let at = 0; at + 320 <= samples.length; at += 320) {
    stream.pushFrame(new AudioFrame(samples.slice(at, at + 320), RATE, 1, 320));
  }
  const events: { event: 'start' | 'end'; atSeconds: number }[] = [];
  const inferences = Math.floor(samples.length / INFERENCE_SAMPLES) - 1;
  for (let done = 0; done < inferences;) {
    const { value } = await stream.next();
    const atSeconds = (done * INFERENCE_SAMPLES) / RATE;
    if (value?.type === VADEventType.INFERENCE_DONE) done += 1;
    if (value?.type === VADEventType.START_OF_SPEECH) events.push({ event: 'start', atSeconds });
    if (value?.type === VADEventType.END_OF_SPEECH) events.push({ event: 'end', atSeconds });
  }
  return events;
}

test.each(['Yes.', 'No.', 'Yes, connect me.', 'I would like to speak to a person, please.'])(
  '“%s” starts and ends where it does',
  async (sentence) => {
    const speech = await synthesize({ sentence, code: 42, sampleRateHz: 8000 });
    const endSeconds = LEAD_SECONDS + speech.length / 8000;
    const events = await detect(phoneAudio(speech));
    expect(events.map(({ event }) => event)).toEqual(['start', 'end']);
    expect(events[0]!.atSeconds).toBeLessThan(LEAD_SECONDS + 0.25);
    // The detector itself waits for 0.55 s of silence.
    expect(events[1]!.atSeconds).toBeGreaterThan(endSeconds);
    expect(events[1]!.atSeconds).toBeLessThan(endSeconds + 0.85);
  },
);

test('a cough, which has no code, is speech for longer than an interruption must last', async () => {
  const cough = await synthesize({ sentence: COUGH, sampleRateHz: 8000 });
  const events = await detect(phoneAudio(cough));
  expect(events.map(({ event }) => event)).toEqual(['start', 'end']);
  expect(cough.length / 8000).toBeGreaterThan(0.8);
  expect(cough.length / 8000).toBeLessThan(1.6);
});

test('a pilot alone is not speech', async () => {
  expect(await detect(phoneAudio(new Int16Array(16_000)))).toEqual([]);
});
