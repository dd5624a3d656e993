/**
 * What becomes of a test that failed: whether it starved and is played again, and the last lines of the run. Pure; test/run.ts
 * plays.
 */
import { isOfTime } from './of-time.ts';
import { type Figures, inWords, isStarved } from './rule.ts';

/** One test as it was played. */
export type Played = {
  project: string;
  file: string;
  name: string;
  state: 'passed' | 'failed' | 'skipped' | 'pending';
  errors: readonly { message: string }[];
  waiting?: Figures | undefined;
  starvesOnPurpose?: boolean | undefined;
};

/** More say that the run is worth nothing. */
export const maxReplays = 3;

/** It failed by nothing but what a machine that is too slow can cause, and the machine was. */
export const hasStarved = ({ state, errors, waiting, starvesOnPurpose }: Played): boolean =>
  state === 'failed' &&
  !starvesOnPurpose &&
  errors.length > 0 &&
  errors.every(isOfTime) &&
  isStarved(waiting);

/** What each that was played again showed then; of the others what they showed at first. */
export type Replays = ReadonlyMap<Played, Played>;

/** @param broken how many files could not be played at all. */
export function totalOf(
  { tests, broken }: { tests: readonly Played[]; broken: number },
  replays: Replays,
): { passed: number; failed: number } {
  const states = tests.map((test) => (replays.get(test) ?? test).state);
  const count = (wanted: string) => states.filter((state) => state === wanted).length;
  return { passed: count('passed'), failed: count('failed') + broken };
}

/** Names each test that starved, with the figures of both times. */
export function starvedInWords(starved: readonly Played[], replays: Replays): string[] {
  if (starved.length === 0) return [];
  const isTooMany = starved.length > maxReplays;
  const why = isTooMany ? `, more than ${maxReplays}: none is played again, and all count` : '';
  const each = starved.flatMap((test) => {
    const again = replays.get(test);
    return [
      [`- ${test.file} > ${test.name}`],
      inLines('failed', test),
      inLines('again alone', again),
    ].flat();
  });
  return [`Starved: ${starved.length}${why}`, ...each];
}

function inLines(when: string, test: Played | undefined): string[] {
  if (!test) return [];
  const what = test.state === 'failed' ? test.errors.map(inShort).join('; ') : test.state;
  return [`  ${when}: ${what}`, `    ${inWords(test.waiting)}`];
}

/** What did not hold stands before the first empty line. */
const inShort = ({ message }: { message: string }) =>
  message
    .split('\n\n')[0]!
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
