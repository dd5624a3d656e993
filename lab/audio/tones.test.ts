import { expect, test } from 'vitest';
import {
  CODE_COUNT,
  CODE_HZ,
  codeAtSlots,
  codeTones,
  PILOT_COUNT,
  PILOT_HZ,
  PILOTS_TOLD_APART,
  pilotsAtSlots,
  pilotTones,
} from './tones.ts';

const slotsOf = (tones: number[], all: readonly number[]): number[] =>
  [...new Set(tones)].map((hz) => all.indexOf(hz)).sort((a, b) => a - b);

test('252 codes of five tones and 15 pilots of two, each its own', () => {
  expect(CODE_COUNT).toBe(252);
  expect(PILOT_COUNT).toBe(15);
  for (let code = 1; code <= CODE_COUNT; code += 1) {
    expect(codeTones(code)).toHaveLength(5);
    expect(codeAtSlots(slotsOf(codeTones(code), CODE_HZ))).toBe(code);
  }
  for (let pilot = 1; pilot <= PILOT_COUNT; pilot += 1) {
    expect(pilotsAtSlots(slotsOf(pilotTones(pilot), PILOT_HZ))).toEqual([pilot]);
  }
  expect(() => codeTones(0)).toThrow(RangeError);
  expect(() => codeTones(253)).toThrow(RangeError);
  expect(() => pilotTones(16)).toThrow(RangeError);
});

test('too few or too many tones are no code and no pilot', () => {
  expect(codeAtSlots([0, 1, 2, 3])).toBeUndefined();
  expect(codeAtSlots([0, 1, 2, 3, 4, 5])).toBeUndefined();
  expect(pilotsAtSlots([])).toEqual([]);
  expect(pilotsAtSlots([3])).toEqual([]);
});

test('any two of the first six pilots are told apart when mixed', () => {
  for (let a = 1; a <= PILOTS_TOLD_APART; a += 1) {
    for (let b = a + 1; b <= PILOTS_TOLD_APART; b += 1) {
      const tones = [...pilotTones(a), ...pilotTones(b)];
      expect(pilotsAtSlots(slotsOf(tones, PILOT_HZ))).toEqual([a, b]);
    }
  }
});

test('a mixture outside the first six names every phone it may hold', () => {
  const tones = [...pilotTones(7), ...pilotTones(8)];
  expect(pilotsAtSlots(slotsOf(tones, PILOT_HZ))).toEqual(expect.arrayContaining([7, 8]));
});
