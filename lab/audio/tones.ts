/**
 * Where the lab hides its marks in telephone audio, and how a number becomes tones.
 *
 * Used by the phones (pilots), the speech (codes) and the frame analyser. Pure. It does not make or measure sound.
 *
 *   100..1500 Hz   speech and music; speech is gone at 1700 Hz, so that a loud vowel does not look like a pilot
 *   1800..2300 Hz  pilot: which phone this is. 2 tones of 6, sent for as long as the call is up
 *   2400..3300 Hz  code: which sentence is being spoken. 5 tones of 10, sent for as long as the sentence lasts
 *
 * All marks are multiples of 100 Hz, because in a Hann window of 20 ms neighbours at 100 Hz do not see one another.
 * livekit-sip's resampling takes 16 dB off a tone at 3400 Hz, so the band ends below that.
 * They are stationary, so every frame of 20 ms can be read alone, wherever it is cut.
 */

/** Distance between tones, and the lowest frequency that is measured. */
export const STEP_HZ = 100;
/** Up to here speech passes unharmed. */
export const SPEECH_TOP_HZ = 1500;

/** From here on there is no speech: the lowest pilot still sees what is 100 Hz below it. */
export const SPEECH_END_HZ = 1700;

export const PILOT_HZ: readonly number[] = [1800, 1900, 2000, 2100, 2200, 2300];
export const CODE_HZ: readonly number[] = [
  2400, 2500, 2600, 2700, 2800, 2900, 3000, 3100, 3200, 3300,
];

/** Every way to choose `count` of the slots 0..slots-1, in lexicographic order. */
function choices(slots: number, count: number, from = 0): number[][] {
  if (count === 0) return [[]];
  const found: number[][] = [];
  for (let first = from; first <= slots - count; first += 1) {
    for (const rest of choices(slots, count - 1, first + 1)) found.push([first, ...rest]);
  }
  return found;
}

const keyOf = (slots: readonly number[]): string => slots.join(' ');

const CODES = choices(CODE_HZ.length, 5);

/**
 * Pilots 1 to 6 are the sides of a hexagon of slots. No union of two sides is also the union of two others, so two of
 * these phones heard at once are still told apart. Pilots 7 to 15 are the diagonals: fine alone, ambiguous when
 * mixed, so they are for crowds of calls in which nobody hears two phones.
 */
const HEXAGON = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 4],
  [4, 5],
  [0, 5],
];
const PILOTS = [
  ...HEXAGON,
  ...choices(PILOT_HZ.length, 2).filter(
    (pair) => !HEXAGON.some((side) => keyOf(side) === keyOf(pair)),
  ),
];

/** Codes run from 1 to this. */
export const CODE_COUNT = CODES.length;
/** Pilots run from 1 to this. */
export const PILOT_COUNT = PILOTS.length;
/** Two pilots from 1 to this are told apart in one frame. */
export const PILOTS_TOLD_APART = HEXAGON.length;

const codeBySlots = new Map(CODES.map((slots, index) => [keyOf(slots), index + 1]));
const pilotsBySlots = new Map<string, number[]>();
PILOTS.forEach((slots, index) => pilotsBySlots.set(keyOf(slots), [index + 1]));
for (let a = 0; a < HEXAGON.length; a += 1) {
  for (let b = a + 1; b < HEXAGON.length; b += 1) {
    const union = [...new Set([...HEXAGON[a]!, ...HEXAGON[b]!])].sort((x, y) => x - y);
    pilotsBySlots.set(keyOf(union), [a + 1, b + 1]);
  }
}

/** The five frequencies of a code. Throws for a number outside 1..CODE_COUNT. */
export function codeTones(code: number): number[] {
  const slots = CODES[code - 1];
  if (!slots)
    throw new RangeError(`Code ${code} does not exist: codes run from 1 to ${CODE_COUNT}.`);
  return slots.map((slot) => CODE_HZ[slot]!);
}

/** The two frequencies of a pilot. Throws for a number outside 1..PILOT_COUNT. */
export function pilotTones(pilot: number): number[] {
  const slots = PILOTS[pilot - 1];
  if (!slots) {
    throw new RangeError(`Pilot ${pilot} does not exist: pilots run from 1 to ${PILOT_COUNT}.`);
  }
  return slots.map((slot) => PILOT_HZ[slot]!);
}

/** The code with exactly these slots of CODE_HZ, in rising order; undefined if there is none. */
export function codeAtSlots(slots: readonly number[]): number | undefined {
  return codeBySlots.get(keyOf(slots));
}

/**
 * The pilots heard when exactly these slots of PILOT_HZ sound, in rising order. A mixture that two of the first six
 * pilots explain is read as those two. Any other mixture names every pilot whose two tones are present, because a check
 * that forbids a voice must not miss it.
 */
export function pilotsAtSlots(slots: readonly number[]): number[] {
  const known = pilotsBySlots.get(keyOf(slots));
  if (known) return known;
  const present = new Set(slots);
  return PILOTS.flatMap((pair, index) =>
    pair.every((slot) => present.has(slot)) ? [index + 1] : [],
  );
}
