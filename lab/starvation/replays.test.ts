import { describe, expect, test } from 'vitest';
import { ofTime } from './of-time.ts';
import { type Played, hasStarved, starvedInWords, totalOf } from './replays.ts';
import type { Figures } from './rule.ts';

const waited = { ms: 0, share: 0, threadShare: 0, threadWorstMs: 0 };
const well: Figures = {
  forMs: 20_000,
  waited: { job: waited, worker: waited, servers: waited, phones: waited },
  packets: { latestMs: 0, overMs: 0 },
  loopMs: 0,
};
const starving: Figures = { ...well, loopMs: 900 };
const late = ofTime(
  new Error('The AI was back after 12294 ms.\nIt was late.\n\nWhat was recorded:'),
);
const wrong = new Error('The caller heard the briefing.');

const played = (changes: Partial<Played> = {}): Played => ({
  project: 'lab',
  file: 'test/a.test.ts',
  name: 'the job is killed > the AI is back',
  state: 'failed',
  errors: [late],
  waiting: starving,
  ...changes,
});

describe('a test is starved', () => {
  test('when a limit in time was broken while something starved', () => {
    expect(hasStarved(played())).toBe(true);
  });

  test.each<[string, Partial<Played>]>([
    ['it passed', { state: 'passed', errors: [] }],
    ['it was not played', { state: 'skipped', errors: [] }],
    ['nothing starved', { waiting: well }],
    ['the system tells nothing', { waiting: undefined }],
    ['what failed is not of time', { errors: [wrong] }],
    ['something else failed, too', { errors: [late, wrong] }],
    ['it starves on purpose', { starvesOnPurpose: true }],
    ['nothing says why it failed', { errors: [] }],
  ])('but not when %s', (_, changes) => {
    expect(hasStarved(played(changes))).toBe(false);
  });
});

describe('the total', () => {
  const [ok, starved, bad] = [played({ state: 'passed' }), played(), played({ errors: [wrong] })];
  const tests = [ok, starved, bad, played({ state: 'skipped' })];

  test('counts a test that starved once, as it was when it was played again', () => {
    const replays = (again: Played) => new Map([[starved, again]]);
    const first = { tests, broken: 0 };
    expect(totalOf(first, replays(played({ state: 'passed' })))).toEqual({ passed: 2, failed: 1 });
    expect(totalOf(first, replays(played()))).toEqual({ passed: 1, failed: 2 });
  });

  test('counts a test that starved as failed when it was not played again', () => {
    expect(totalOf({ tests, broken: 0 }, new Map())).toEqual({ passed: 1, failed: 2 });
  });

  test('counts files that could not be played', () => {
    expect(totalOf({ tests, broken: 2 }, new Map())).toEqual({ passed: 1, failed: 4 });
  });
});

describe('the last lines', () => {
  test('say nothing when nothing starved', () => {
    expect(starvedInWords([], new Map())).toEqual([]);
  });

  test('name each that starved, why it failed, and the figures of both times', () => {
    const test = played();
    const said = starvedInWords(
      [test],
      new Map([[test, played({ state: 'passed', waiting: well })]]),
    );
    expect(said).toEqual([
      'Starved: 1',
      '- test/a.test.ts > the job is killed > the AI is back',
      '  failed: The AI was back after 12294 ms. It was late.',
      expect.stringMatching(/^ {4}Waited for a processor .* starved, because the loop/),
      '  again alone: passed',
      expect.stringMatching(/^ {4}Waited for a processor .*; not starved$/),
    ]);
  });

  test('say that too many starved', () => {
    const said = starvedInWords([played(), played(), played(), played()], new Map());
    expect(said[0]).toBe('Starved: 4, more than 3: none is played again, and all count');
    expect(said).toHaveLength(1 + 4 * 3);
  });
});
