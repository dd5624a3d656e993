/**
 * Reads 20 ms of audio: how loud, which phones, which sentence, and whether it is music. See tones.ts for the bands.
 *
 * Used by the phones on what they receive and by the speech-to-text stand-in on what reaches it. Pure. Each frame is
 * read alone; `smooth` then mends the frames at the edges of speech, for whoever draws or judges a whole recording.
 */
import { CODE_HZ, codeAtSlots, PILOT_HZ, pilotsAtSlots, SPEECH_TOP_HZ, STEP_HZ } from './tones.ts';

export const FRAME_MS = 20;

/** What one frame of 20 ms holds. Levels are rms, in dB below a full-scale square wave (dBFS). */
export type Heard = {
  /** Of everything together; SILENCE_DB when all samples are zero. */
  levelDb: number;
  /** The sentence that is spoken; absent when none is, or when two are spoken over one another. */
  code?: number;
  /** The phones that are heard, whether they speak or not. Several when several are mixed. */
  pilots: number[];
  /** Sound in the speech band that is not coded speech: hold audio. */
  music: boolean;
  /** There is sound in the speech band that is neither speech with a code nor music: a line that was torn, or two who talk at once. */
  torn?: true;
};

export const SILENCE_DB = -100;

/** A tone of a mark counts as present above this. A pilot's tones are sent at -43, a code's at -33. */
const PILOT_TONE_DB = -52;
const CODE_TONE_DB = -46;
/** The weakest tone of a code stands at least this far above the strongest of the absent slots. */
const CODE_GAP_DB = 6;
/** A pilot's tones are no weaker than this against the strongest pilot tone; lesser ones are noise of speech. */
const PILOT_SPAN_DB = 9;
/** The speech band holds music when it is louder than this... */
const MUSIC_DB = -45;
/** ...the frame is not louder than this, as a word of a torn line may be: the tune on hold arrives with -25 at most... */
const MUSIC_TOP_DB = -20;
/** ...and the code band is quieter than the speech band by this, which no part of coded speech is. */
const MUSIC_OVER_CODE_DB = 28;

const decibels = (power: number): number =>
  power > 0 ? Math.max(SILENCE_DB, 10 * Math.log10(power)) : SILENCE_DB;

const SPEECH_SLOTS = SPEECH_TOP_HZ / STEP_HZ;
const HIGHEST_SLOT = CODE_HZ.at(-1)! / STEP_HZ;

/** Analyses frames of one sampling rate. Holds only tables and scratch space: any frame of any source may come next. */
export class FrameAnalyzer {
  readonly frameSamples: number;
  readonly #window: Float64Array;
  readonly #folded: Float64Array;
  readonly #coefficients: number[];

  /** @param sampleRateHz a multiple of 100, at least 8000. */
  constructor(sampleRateHz: number) {
    if (sampleRateHz < 8000 || sampleRateHz % STEP_HZ !== 0) {
      throw new RangeError(`Cannot analyse ${sampleRateHz} Hz: use a multiple of 100, from 8000.`);
    }
    this.frameSamples = (sampleRateHz * FRAME_MS) / 1000;
    const period = sampleRateHz / STEP_HZ;
    this.#folded = new Float64Array(period);
    // Scaled so that the power of a tone at a slot is its mean square against full scale.
    const scale = Math.SQRT2 / (this.frameSamples / 2) / 32768;
    this.#window = Float64Array.from(
      { length: this.frameSamples },
      (_, i) => scale * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / this.frameSamples)),
    );
    this.#coefficients = Array.from(
      { length: HIGHEST_SLOT + 1 },
      (_, slot) => 2 * Math.cos((2 * Math.PI * slot) / period),
    );
  }

  /** @param frame exactly 20 ms. */
  analyze(frame: Int16Array): Heard {
    if (frame.length !== this.frameSamples) {
      throw new RangeError(
        `A frame of ${frame.length} samples cannot be analysed: give exactly ${this.frameSamples}.`,
      );
    }
    this.#fold(frame);
    let speech = 0;
    for (let slot = 1; slot <= SPEECH_SLOTS; slot += 1) speech += this.#power(slot);
    const speechDb = decibels(speech);
    const codeDb = CODE_HZ.map((hz) => decibels(this.#power(hz / STEP_HZ)));
    const pilotDb = PILOT_HZ.map((hz) => decibels(this.#power(hz / STEP_HZ)));
    const code = readCode(codeDb);
    const codeBandDb = decibels(codeDb.reduce((sum, db) => sum + 10 ** (db / 10), 0));
    const isLoud = speechDb > MUSIC_DB;
    const level = levelDb(frame);
    const isTune = isLoud && level < MUSIC_TOP_DB;
    const music = code === undefined && isTune && codeBandDb < speechDb - MUSIC_OVER_CODE_DB;
    return {
      levelDb: level,
      ...(code === undefined ? {} : { code }),
      pilots: readPilots(pilotDb),
      music,
      ...(code === undefined && isLoud && !music ? { torn: true } : {}),
    };
  }

  /** All slots repeat every 10 ms, so the two halves of the windowed frame are added before they are measured. */
  #fold(frame: Int16Array): void {
    const [window, folded, period] = [this.#window, this.#folded, this.#folded.length];
    for (let i = 0; i < period; i += 1) {
      folded[i] = frame[i]! * window[i]! + frame[i + period]! * window[i + period]!;
    }
  }

  /** Goertzel's algorithm for one slot of the folded frame. */
  #power(slot: number): number {
    const [folded, coefficient] = [this.#folded, this.#coefficients[slot]!];
    let [s1, s2] = [0, 0];
    for (let i = 0; i < folded.length; i += 1) {
      const s0 = folded[i]! + coefficient * s1 - s2;
      s2 = s1;
      s1 = s0;
    }
    return Math.max(0, s1 * s1 + s2 * s2 - coefficient * s1 * s2);
  }
}

function levelDb(frame: Int16Array): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i += 1) sum += frame[i]! * frame[i]!;
  return decibels(sum / frame.length / 32768 ** 2);
}

/** Exactly five tones, clearly above the five others: anything else is no code. */
function readCode(db: readonly number[]): number | undefined {
  const ranked = [...db].sort((a, b) => b - a);
  const [weakest, strongestAbsent] = [ranked[4]!, ranked[5]!];
  if (weakest < CODE_TONE_DB || weakest - strongestAbsent < CODE_GAP_DB) return undefined;
  return codeAtSlots(db.flatMap((level, slot) => (level >= weakest ? [slot] : [])));
}

function readPilots(db: readonly number[]): number[] {
  const floor = Math.max(PILOT_TONE_DB, Math.max(...db) - PILOT_SPAN_DB);
  return pilotsAtSlots(db.flatMap((level, slot) => (level >= floor ? [slot] : [])));
}

/**
 * Mends a recording frame by frame, where sounds begin and end within a frame:
 * - a frame that is not quiet, between two frames of one code, has that code;
 * - a single frame of "music" is the edge of speech, or a torn frame: a tune that leaks is heard for longer;
 * - a pilot in fewer than three frames in a row is a torn frame: phones send theirs for as long as their call lasts;
 * - a pilot that is in torn frames alone is none: what fills a gap has tones of every kind, and can last.
 * Music of two frames or more stays.
 */
export function smooth<T extends Heard>(frames: readonly T[]): T[] {
  return frames.map((frame, index) => {
    const [before, after] = [frames[index - 1], frames[index + 1]];
    const pilots = frame.pilots.filter(
      (pilot) => isSteady(frames, index, pilot) && isOutsideTears(frames, index, pilot),
    );
    if (frame.code !== undefined) return { ...frame, pilots };
    const around = before?.code === after?.code ? before?.code : undefined;
    if (around !== undefined && frame.levelDb > MUSIC_DB) {
      return { ...frame, pilots, code: around, music: false };
    }
    const alone = !before?.music && !after?.music;
    return { ...frame, pilots, music: frame.music && !alone };
  });
}

/** Whether a pilot is in three frames in a row around this one. A phone sends it all the time; a torn frame looks like it. */
function isSteady(frames: readonly Heard[], index: number, pilot: number): boolean {
  const has = (at: number): boolean => frames[at]?.pilots.includes(pilot) ?? false;
  return [index - 2, index - 1, index].some((at) => has(at) && has(at + 1) && has(at + 2));
}

/** Whether a pilot is in this frame or, when it is torn, in the next on either side that is not. */
function isOutsideTears(frames: readonly Heard[], index: number, pilot: number): boolean {
  const before = frames.findLast(({ torn }, at) => at <= index && !torn);
  const after = frames.find(({ torn }, at) => at >= index && !torn);
  return [before, after].some((frame) => frame?.pilots.includes(pilot));
}
