/** The order in which numbers are rung, through the departments and around those that are closed. */
import { expect, test } from 'vitest';
import { candidates } from './candidates.ts';
import type { Destination, Directory } from './directory.ts';
import { OpeningHoursText } from './opening-hours.ts';

const now = new Date('2026-11-16T12:00Z');
const closed = OpeningHoursText.parse({ timeZone: 'UTC', sun: '09:00-10:00' });

function department(key: string, numbers: readonly string[], more: Partial<Destination> = {}) {
  const [first, ...rest] = numbers;
  return {
    key,
    spokenName: key,
    when: 'always',
    numbers: [first!, ...rest],
    ringLimitS: 25,
    decisionLimitS: 120,
    hours: undefined,
    otherwise: undefined,
    transfer: 'warm',
    callerId: 'business',
    headers: {},
    ...more,
  } satisfies Destination;
}
function rung(wanted: string, ...all: Destination[]): string[] {
  const directory: Directory = {
    departments: new Map(all.map((d) => [d.key, d])),
    dialsPerCall: 9,
    dialsPerHour: 9,
  };
  const found = candidates(directory, directory.departments.get(wanted)!, now);
  return found.map(({ destination, number }) => `${destination.key} ${number}`);
}

test("a department's numbers come in the order of the file", () => {
  expect(rung('a', department('a', ['1', '2', '3']))).toEqual(['a 1', 'a 2', 'a 3']);
});

test('then those of the department behind it, and of the one behind that', () => {
  const [a, b, c] = [
    department('a', ['1'], { otherwise: 'b' }),
    department('b', ['2'], { otherwise: 'c' }),
    department('c', ['3']),
  ];
  expect(rung('a', a, b, c)).toEqual(['a 1', 'b 2', 'c 3']);
});

test('two departments that stand behind each other are rung once each', () => {
  const [a, b] = [
    department('a', ['1'], { otherwise: 'b' }),
    department('b', ['2'], { otherwise: 'a' }),
  ];
  expect(rung('b', a, b)).toEqual(['b 2', 'a 1']);
});

test('a closed department is passed over, and the one behind it is rung', () => {
  const [a, b] = [
    department('a', ['1'], { hours: closed, otherwise: 'b' }),
    department('b', ['2']),
  ];
  expect(rung('a', a, b)).toEqual(['b 2']);
});

test('nobody is rung where all are closed', () => {
  expect(rung('a', department('a', ['1'], { hours: closed }))).toEqual([]);
});
