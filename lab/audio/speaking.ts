/**
 * Makes a sentence that carries its number: espeak-ng speech below 1.8 kHz, with the sentence's chord above it.
 *
 * Runs in the thread of speech-thread.ts, because filtering takes longer than the 20 ms between two packets. A sentence
 * is audible from its first sample to its last. It leaves out voices and languages: one English voice is enough to be heard.
 */
import { execFile } from 'node:child_process';
import { resample } from './resample.ts';
import { codeTones, SPEECH_END_HZ, SPEECH_TOP_HZ } from './tones.ts';

/** Level of the speech alone, rms over the sentence, in dBFS. */
export const SPEECH_DB = -18;
/** Level of the whole chord, rms; each of its five tones is 7 dB below. */
export const CHORD_DB = -26;

const ESPEAK_LIMIT_MS = 10_000;
/** Windows this quiet against the loudest one, before the first word and after the last, are cut off. */
const TRIM_DB = -30;
/** Speech and chord begin and end softly, because a hard edge spreads over all tones. */
const EDGE_MS = 12;

const amplitude = (db: number): number => 10 ** (db / 20);

/** One sentence to be made. */
export type Speech = {
  sentence: string;
  /** From the lab's CodeBook; without it nobody can tell which sentence it is, or that it is one. */
  code?: number | undefined;
  sampleRateHz: 8000 | 16000 | 24000;
  /** The espeak-ng program. */
  espeakNg: string;
  wordsPerMinute: number;
};

/** Rejects when espeak-ng is missing, fails, takes longer than 10 s or finds nothing to say. */
export async function speak(speech: Speech): Promise<Int16Array> {
  const { sentence, code, sampleRateHz } = speech;
  const wav = await runEspeak(speech);
  const low = filtered(samplesOf(wav), wav.readUInt32LE(24));
  if (low.length === 0) throw new Error(`espeak-ng finds nothing to say in: ${sentence}`);
  const voice = atLevel(low, sampleRateHz);
  const tones = code === undefined ? [] : codeTones(code);
  const chord = addTones(new Float32Array(voice.length), tones, CHORD_DB, sampleRateHz);
  const edge = (EDGE_MS * sampleRateHz) / 1000;
  return Int16Array.from(voice, (value, i) => {
    const near = Math.min(1, (i + 1) / edge, (voice.length - i) / edge);
    const fade = 0.5 - 0.5 * Math.cos(Math.PI * near);
    return Math.max(-32768, Math.min(32767, Math.round(32768 * fade * (value + chord[i]!))));
  });
}

/** At 8 kHz: peaks rounded off, nothing left where the marks are, and no silence around it. */
function filtered(spoken: Float32Array, from: number): Float32Array {
  const narrow = resample(spoken, { from, to: 8000, cutoffHz: 4000, slopeHz: 4000 });
  const scale = amplitude(SPEECH_DB) / rms(narrow);
  for (let i = 0; i < narrow.length; i += 1) narrow[i] = 0.5 * Math.tanh(2 * scale * narrow[i]!);
  const slopeHz = SPEECH_END_HZ - SPEECH_TOP_HZ;
  const cutoffHz = SPEECH_TOP_HZ + slopeHz / 2;
  // Trimmed last, because a sentence may begin with a hiss that the filter takes away.
  return trim(resample(narrow, { from: 8000, to: 8000, cutoffHz, slopeHz }), 8000);
}

function atLevel(low: Float32Array, to: number): Float32Array {
  const options = { from: 8000, to, cutoffHz: 4000, slopeHz: 4000 };
  const speech = to === 8000 ? low : resample(low, options);
  const level = amplitude(SPEECH_DB) / rms(speech);
  return speech.map((value) => level * value);
}

/** Adds steady tones, equally strong and together at `levelDb`, to a signal at -1..1. Returns the signal. */
export function addTones(
  signal: Float32Array,
  tonesHz: readonly number[],
  levelDb: number,
  sampleRateHz: number,
): Float32Array {
  const peak = amplitude(levelDb) * Math.sqrt(2 / tonesHz.length);
  tonesHz.forEach((hz, index) => {
    const step = (2 * Math.PI * hz) / sampleRateHz;
    // Quadratic phases (Schroeder, 1970) keep the peaks of the sum low.
    const phase = (Math.PI * index * index) / tonesHz.length;
    for (let i = 0; i < signal.length; i += 1) signal[i]! += peak * Math.sin(step * i + phase);
  });
  return signal;
}

function rms(signal: Float32Array): number {
  let sum = 0;
  for (const value of signal) sum += value * value;
  return Math.sqrt(sum / signal.length);
}

/** The text goes in by standard input, so that a sentence that begins with a dash is not taken for an option. */
function runEspeak({ espeakNg, sentence, wordsPerMinute }: Speech): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      espeakNg,
      ['-v', 'en-us', '-s', String(wordsPerMinute), '--stdin', '--stdout'],
      { encoding: 'buffer', timeout: ESPEAK_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => {
        if (!error && stdout.length > 44) resolve(stdout);
        else {
          const cause = error?.message ?? 'it wrote no audio';
          reject(new Error(`espeak-ng did not speak (${cause}). Install espeak-ng, or name it.`));
        }
      },
    );
    // A program that does not exist or stops early is reported by the callback above.
    child.stdin?.on('error', () => {});
    child.stdin?.end(sentence);
  });
}

/** espeak-ng writes a plain 44-byte WAV header, with sizes that mean nothing on a pipe. */
function samplesOf(wav: Buffer): Float32Array {
  const count = Math.floor((wav.length - 44) / 2);
  return Float32Array.from({ length: count }, (_, i) => wav.readInt16LE(44 + 2 * i) / 32768);
}

/** Without the silence before the first word and after the last. */
function trim(signal: Float32Array, sampleRateHz: number): Float32Array {
  const size = Math.round((sampleRateHz * EDGE_MS) / 1000);
  const levels: number[] = [];
  for (let at = 0; at < signal.length; at += size) levels.push(rms(signal.subarray(at, at + size)));
  const floor = Math.max(...levels) * amplitude(TRIM_DB);
  // Total silence has a floor of 0, which nothing exceeds.
  const first = levels.findIndex((level) => level > floor);
  const last = levels.findLastIndex((level) => level > floor);
  return first < 0 ? new Float32Array(0) : signal.subarray(first * size, (last + 1) * size);
}
