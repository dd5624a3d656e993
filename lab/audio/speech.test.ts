import { describe, expect, test } from 'vitest';
import { FrameAnalyzer, smooth } from './frames.ts';
import { decodeMuLaw, encodeMuLaw } from './g711.ts';
import { resample } from './resample.ts';
import { addTones } from './speaking.ts';
import { HURRIED_WORDS_PER_MINUTE, synthesize, USUAL_WORDS_PER_MINUTE } from './speech.ts';
import { pilotTones, SPEECH_TOP_HZ } from './tones.ts';

const SENTENCES = [
  { sentence: 'Yes.', code: 3 },
  { sentence: 'Thank you, goodbye!', code: 250 },
  { sentence: 'Hello, this is support. How can I help you today?', code: 77 },
  { sentence: '- Six hundred and sixty six: she sells sea shells, 24 of them.', code: 131 },
];

const toFloats = (samples: Int16Array): Float32Array =>
  Float32Array.from(samples, (v) => v / 32768);
const toSamples = (signal: Float32Array): Int16Array =>
  Int16Array.from(signal, (v) => Math.max(-32768, Math.min(32767, Math.round(32768 * v))));

/** From the provider's 24 kHz over WebRTC's 48 kHz to a telephone, with another phone's pilot mixed in on the way. */
function overTheTelephone(speech: Int16Array): Int16Array {
  const wide = resample(toFloats(speech), { from: 24_000, to: 48_000 });
  const narrow = resample(wide, { from: 48_000, to: 8000, cutoffHz: 3700, slopeHz: 600 });
  return decodeMuLaw(encodeMuLaw(toSamples(addTones(narrow, pilotTones(3), -40, 8000))));
}

const loudestDb = (signal: Float32Array): number =>
  20 * Math.log10(Math.max(...signal.map(Math.abs)));

describe.each(SENTENCES)('“$sentence”', ({ sentence, code }) => {
  test.each([
    ['usual', USUAL_WORDS_PER_MINUTE],
    ['hurried', HURRIED_WORDS_PER_MINUTE],
  ])('at the %s pace is read in 99 % of the frames, and its speaker too', async (_, pace) => {
    const voice = { wordsPerMinute: pace };
    const speech = await synthesize({ sentence, code, sampleRateHz: 24_000, voice });
    const heard = overTheTelephone(speech);
    const analyzer = new FrameAnalyzer(8000);
    const frames = [];
    for (let at = 80; at + 240 <= heard.length; at += 160) {
      frames.push(analyzer.analyze(heard.subarray(at, at + 160)));
    }
    const share = (count: number): number => count / frames.length;
    expect(share(frames.filter((f) => f.code === code).length)).toBeGreaterThan(0.99);
    expect(share(frames.filter((f) => f.pilots.join() === '3').length)).toBeGreaterThan(0.99);
    expect(frames.filter((f) => f.music)).toEqual([]);
  });

  test('is never music and nobody at its edges, wherever the frames are cut', async () => {
    const speech = await synthesize({ sentence, code, sampleRateHz: 8000 });
    const analyzer = new FrameAnalyzer(8000);
    for (let shift = 0; shift < 160; shift += 7) {
      const padded = new Int16Array(speech.length + 1600);
      padded.set(speech, 480 + shift);
      const frames = Array.from({ length: Math.floor(padded.length / 160) }, (_, i) =>
        analyzer.analyze(padded.subarray(i * 160, (i + 1) * 160)),
      );
      expect(smooth(frames).filter((f) => f.music)).toEqual([]);
      expect(frames.flatMap((f) => f.pilots)).toEqual([]);
    }
  });

  test('is spoken from its first 60 ms to its last, and never clipped', async () => {
    const speech = await synthesize({ sentence, code, sampleRateHz: 16_000 });
    expect(Math.max(...speech)).toBeLessThan(32767);
    const voice = resample(toFloats(speech), {
      from: 16_000,
      to: 8000,
      cutoffHz: SPEECH_TOP_HZ,
      slopeHz: 400,
    });
    expect(loudestDb(voice.subarray(0, 480))).toBeGreaterThan(-40);
    expect(loudestDb(voice.subarray(-480))).toBeGreaterThan(-40);
  });
});

test('speech is made once per sentence, code and rate', async () => {
  const options = { sentence: 'Once.', code: 9, sampleRateHz: 8000 } as const;
  expect(await synthesize(options)).toBe(await synthesize({ ...options }));
  expect(await synthesize({ ...options, code: 10 })).not.toBe(await synthesize(options));
});

test('who is in a hurry needs less time for the same words', async () => {
  const sentence = 'Hello, this is support. How can I help you today?';
  const voice = { wordsPerMinute: HURRIED_WORDS_PER_MINUTE };
  const [usual, hurried] = await Promise.all([
    synthesize({ sentence, sampleRateHz: 8000 }),
    synthesize({ sentence, sampleRateHz: 8000, voice }),
  ]);
  expect(hurried.length).toBeLessThan(0.8 * usual.length);
});

test('a missing espeak-ng is named, and asked again next time', async () => {
  const options = { sentence: 'Never heard.', code: 9, sampleRateHz: 8000 } as const;
  await expect(
    synthesize({ ...options, voice: { espeakNg: '/nowhere/espeak-ng' } }),
  ).rejects.toThrow(/Install espeak-ng/);
  expect((await synthesize(options)).length).toBeGreaterThan(1000);
});

test('a sentence without a word is refused by name', async () => {
  const nothing = synthesize({ sentence: '...', code: 9, sampleRateHz: 8000 });
  await expect(nothing).rejects.toThrow('espeak-ng finds nothing to say in: ...');
});
