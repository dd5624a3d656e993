import { describe, expect, test } from 'vitest';
import { type Figures, groups, inWords, isStarved, limits, starvedBy } from './rule.ts';

const none = { ms: 0, share: 0, threadShare: 0, threadWorstMs: 0 };

/** A story with figures that are all at their limits, and so not above any. */
function atLimits(): Figures {
  const { threadShare, threadWorstMs, latestMs, overMs, loopMs } = limits;
  const waited = { ...none, ms: 60_000, share: 2, threadShare, threadWorstMs };
  return {
    forMs: 30_000,
    waited: { job: waited, worker: waited, servers: waited, phones: waited },
    packets: { latestMs, overMs },
    loopMs,
  };
}

test('a story with figures at their limits has not starved, however long all threads waited together', () => {
  expect(starvedBy(atLimits())).toEqual([]);
  expect(isStarved(atLimits())).toBe(false);
});

describe.each(groups)('a story starved when a thread of %s waited', (group) => {
  const changed = (change: Partial<Figures['waited']['job']>): Figures => {
    const figures = atLimits();
    figures.waited[group] = { ...figures.waited[group], ...change };
    return figures;
  };

  test('for too much of its time', () => {
    expect(starvedBy(changed({ threadShare: 0.251 }))).toEqual([
      `a thread of ${group} waited 25.1 % (limit 25)`,
    ]);
  });

  test('for too much of a second', () => {
    expect(starvedBy(changed({ threadWorstMs: 701 }))).toEqual([
      `a thread of ${group} in a second 701 ms (limit 700)`,
    ]);
  });
});

test.each<[Partial<Figures>, string]>([
  [{ packets: { latestMs: 201, overMs: 0 } }, 'a packet was late by 201 ms (limit 200)'],
  [{ packets: { latestMs: 0, overMs: 1_001 } }, 'packets were late in all by 1001 ms (limit 1000)'],
  [{ loopMs: 201 }, 'the loop of the phones was late by 201 ms (limit 200)'],
])('a story starved when the phones were late: %o', (late, why) => {
  const figures = { ...atLimits(), ...late };
  expect(starvedBy(figures)).toEqual([why]);
  expect(isStarved(figures)).toBe(true);
});

test('where the system tells nothing, nothing has starved', () => {
  expect(isStarved(undefined)).toBe(false);
  expect(inWords(undefined)).toBe('This system does not tell what waited for a processor.');
});

test('a line has all figures, and the verdict', () => {
  const figures = atLimits();
  figures.waited.servers = { ms: 1_234, share: 0.041, threadShare: 0.0123, threadWorstMs: 56 };
  const line = inWords(figures);
  expect(line).toContain('in 30.0 s: job 60000 ms (200 %; one thread 25 %, 700 ms in a second)');
  expect(line).toContain('servers 1234 ms (4.1 %; one thread 1.2 %, 56 ms in a second)');
  expect(line).toContain('packets late by 200 ms at most, 1000 in all; loop by 200 ms');
  expect(line).toMatch(/; not starved$/);
  expect(inWords({ ...figures, loopMs: 500 })).toMatch(
    /; starved, because the loop of the phones was late by 500 ms \(limit 200\)$/,
  );
});
