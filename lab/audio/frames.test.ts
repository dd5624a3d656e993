import { expect, test } from 'vitest';
import { FrameAnalyzer, type Heard, SILENCE_DB, smooth } from './frames.ts';
import { decodeMuLaw, encodeMuLaw } from './g711.ts';
import { addTones } from './speaking.ts';
import { codeTones, pilotTones } from './tones.ts';

const RATE = 8000;

type Sound = { tones: number[]; levelDb: number };

/** One second of steady sounds, as it arrives through mu-law. */
function second(...sounds: Sound[]): Int16Array {
  const signal = new Float32Array(RATE);
  for (const { tones, levelDb } of sounds) addTones(signal, tones, levelDb, RATE);
  return decodeMuLaw(encodeMuLaw(Int16Array.from(signal, (value) => Math.round(value * 32767))));
}

/** Frames cut off the grid on purpose: nothing may depend on where a frame begins. */
function hear(samples: Int16Array): Heard[] {
  const analyzer = new FrameAnalyzer(RATE);
  const frames: Heard[] = [];
  for (let at = 53; at + 160 <= samples.length; at += 160) {
    frames.push(analyzer.analyze(samples.subarray(at, at + 160)));
  }
  return frames;
}

const pilot = (number: number): Sound => ({ tones: pilotTones(number), levelDb: -40 });
const notes = (levelDb: number): Sound => ({ tones: [440, 554.4, 659.3], levelDb });

test('silence is nobody, nothing, and the lowest level', () => {
  for (const frame of hear(new Int16Array(RATE))) {
    expect(frame).toEqual({ levelDb: SILENCE_DB, pilots: [], music: false });
  }
});

test('every pilot is heard alone in every frame', () => {
  for (let number = 1; number <= 15; number += 1) {
    for (const frame of hear(second(pilot(number)))) {
      expect(frame.pilots).toEqual([number]);
      expect(frame.music).toBe(false);
      expect(frame.levelDb).toBeCloseTo(-40, 0);
    }
  }
});

test('two of the first six pilots are heard together', () => {
  for (const frame of hear(second(pilot(2), pilot(5)))) expect(frame.pilots).toEqual([2, 5]);
});

test('a chord is its code at any place and level in reach, with a pilot beside it', () => {
  for (const code of [1, 17, 126, 252]) {
    for (const levelDb of [-23, -26, -36]) {
      for (const frame of hear(second(pilot(4), { tones: codeTones(code), levelDb }))) {
        expect(frame.code).toBe(code);
        expect(frame.pilots).toEqual([4]);
      }
    }
  }
});

test('two sentences over one another are no sentence, and not music', () => {
  const both = [1, 200].map((code) => ({ tones: codeTones(code), levelDb: -26 }));
  for (const frame of hear(second(...both, notes(-20)))) {
    expect(frame.code).toBeUndefined();
    expect(frame.music).toBe(false);
  }
});

test('quiet notes are music, alone and with a pilot; very quiet ones are not, nor any as loud as a word', () => {
  for (const frame of hear(second(notes(-35)))) expect(frame.music).toBe(true);
  for (const frame of hear(second(notes(-35), pilot(1)))) {
    expect(frame).toMatchObject({ music: true, pilots: [1] });
  }
  for (const frame of hear(second(notes(-55)))) expect(frame.music).toBe(false);
  for (const frame of hear(second(notes(-16)))) {
    expect(frame).toMatchObject({ music: false, torn: true });
  }
});

test('smoothing mends the edges and gaps of speech and keeps real music', () => {
  const spoken: Heard = { levelDb: -17, code: 7, pilots: [], music: false };
  const music: Heard = { levelDb: -35, pilots: [], music: true };
  const garbled: Heard = { levelDb: -17, pilots: [], music: false };
  const quiet: Heard = { levelDb: -80, pilots: [], music: false };
  const drawn = (frames: Heard[]): string =>
    smooth(frames)
      .map((frame) => (frame.code !== undefined ? 'c' : frame.music ? 'm' : '.'))
      .join('');
  expect(drawn([quiet, music, spoken, garbled, spoken, music, quiet])).toBe('..ccc..');
  expect(drawn([spoken, music, music, spoken])).toBe('cmmc');
  expect(drawn([quiet, music, quiet])).toBe('...');
  expect(drawn([quiet, music, music, quiet])).toBe('.mm.');
  expect(drawn([spoken, quiet, spoken])).toBe('c.c');
});

test('smoothing drops a pilot of one or two frames and keeps one of three', () => {
  const hearing = (...pilots: number[]): Heard => ({ levelDb: -40, pilots, music: false });
  const frames = [[1], [1, 2], [1, 2], [3], [3], [3], []].map((pilots) => hearing(...pilots));
  const kept = smooth(frames).map((frame) => frame.pilots);
  expect(kept).toEqual([[1], [1], [1], [3], [3], [3], []]);
});

test('smoothing drops a pilot that is in torn frames alone, however many', () => {
  const torn: Heard = { levelDb: -17, pilots: [1], music: false, torn: true };
  const overMusic: Heard = { levelDb: -17, pilots: [1], music: true };
  const quiet: Heard = { levelDb: -80, pilots: [], music: false };
  const kept = (...frames: Heard[]) => smooth(frames).map(({ pilots }) => pilots.join());
  expect(kept(quiet, torn, torn, torn, torn, quiet)).toEqual(['', '', '', '', '', '']);
  expect(kept(overMusic, torn, torn, torn, quiet)).toEqual(['1', '1', '1', '1', '']);
  expect(kept(overMusic, overMusic, overMusic)).toEqual(['1', '1', '1']);
});

test('a frame is torn when there is sound in it that is neither speech nor music', () => {
  const both = [1, 200].map((code) => ({ tones: codeTones(code), levelDb: -26 }));
  for (const frame of hear(second(...both, notes(-20)))) expect(frame.torn).toBe(true);
  for (const frame of hear(second(notes(-35), pilot(1)))) expect(frame.torn).toBeUndefined();
  for (const frame of hear(second(pilot(1)))) expect(frame.torn).toBeUndefined();
});

test('a frame of the wrong length and a rate off the grid are refused', () => {
  expect(() => new FrameAnalyzer(RATE).analyze(new Int16Array(159))).toThrow(/exactly 160/);
  expect(() => new FrameAnalyzer(11025)).toThrow(/multiple of 100/);
});
