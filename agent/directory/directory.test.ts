/** The departments as a forker writes them: what is read, and what is said about each mistake. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadDirectory } from './directory.ts';
import { limits } from '../limits.ts';

const humanNumber = '+12025550123';

function load(text: string, number = humanNumber) {
  const folder = mkdtempSync(join(tmpdir(), 'directory-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'departments.yaml');
  writeFileSync(file, text);
  return loadDirectory({ file, humanNumber: number });
}

/** A directory with one department that has these lines; the first of them is line 3. */
const billing = (...lines: string[]) =>
  `departments:\n  billing:\n${lines.map((line) => `    ${line}\n`).join('')}`;
/** What a department has that says nothing about it. */
const usualSettings = {
  decisionLimitS: limits.decisionS,
  hours: undefined,
  otherwise: undefined,
  transfer: 'warm',
  callerId: 'business',
  headers: {},
};
const usual = ['spokenName: our billing team', 'when: the caller asks about an invoice'];

function faultsOf(text: string): string[] {
  const loaded = load(text);
  return 'faults' in loaded ? loaded.faults : [];
}

test('the shipped directory has the number of .env.local in it', () => {
  const file = fileURLToPath(new URL('../directory.yaml', import.meta.url));
  const loaded = loadDirectory({ file, humanNumber });
  if ('faults' in loaded) throw new Error(loaded.faults.join('\n'));
  const departments = [...loaded.directory.departments.values()];
  expect(departments.length).toBeGreaterThan(0);
  expect(departments.flatMap(({ numbers }) => numbers)).toEqual([humanNumber]);
  for (const { spokenName, when, ringLimitS } of departments) {
    expect(spokenName).not.toBe('');
    expect(when).not.toBe('');
    expect(ringLimitS).toBe(limits.ringS);
  }
});

describe('what is read', () => {
  test('departments by key, in the order of the file', () => {
    const more =
      '  support_2:\n    spokenName: support\n    when: all else\n    numbers: ["+12025550124", $HUMAN_NUMBER]\n';
    const loaded = load(
      billing(...usual, 'numbers: [$HUMAN_NUMBER]', 'ringLimitSeconds: 40') + more,
    );
    expect('directory' in loaded && [...loaded.directory.departments]).toEqual([
      [
        'billing',
        {
          key: 'billing',
          spokenName: 'our billing team',
          when: 'the caller asks about an invoice',
          numbers: [humanNumber],
          ringLimitS: 40,
          ...usualSettings,
        },
      ],
      [
        'support_2',
        {
          key: 'support_2',
          spokenName: 'support',
          when: 'all else',
          numbers: ['+12025550124', humanNumber],
          ringLimitS: limits.ringS,
          ...usualSettings,
        },
      ],
    ]);
  });

  test('a number may be written with and without quotes', () => {
    expect(faultsOf(billing(...usual, 'numbers: [+12025550124, "+12025550125"]'))).toEqual([]);
  });

  test('a phone rings for 70 s at the longest, and the limit of the dial is behind that', () => {
    const ringing = (seconds: number) =>
      faultsOf(billing(...usual, 'numbers: [$HUMAN_NUMBER]', `ringLimitSeconds: ${seconds}`));
    expect(ringing(70)).toEqual([]);
    expect(ringing(71)).toHaveLength(1);
    expect(limits.dialMs).toBeGreaterThan(72_000);
  });

  test('how long a colleague may take to decide is the department’s own matter, within reason', () => {
    const deciding = (seconds: string) =>
      faultsOf(billing(...usual, 'numbers: [$HUMAN_NUMBER]', `decisionLimitSeconds: ${seconds}`));
    expect(deciding('10')).toEqual([]);
    expect(deciding('600')).toEqual([]);
    for (const wrong of ['9', '601', 'soon']) {
      expect(deciding(wrong)).toEqual([
        expect.stringMatching(/decisionLimitSeconds must be whole/),
      ]);
    }
  });
});

describe('a mistake is one sentence with file, line and reason', () => {
  const numbers = 'numbers: [$HUMAN_NUMBER]';
  test.each<[string, string, RegExp]>([
    [
      'a number without country code',
      billing(...usual, 'numbers: ["555 0123"]'),
      /^departments\.yaml line 5: .*billing.* is not a phone number: .*\+12025550123,/,
    ],
    [
      'a key that is no key',
      billing(...usual, numbers).replace('billing:', 'Billing Team:'),
      /^departments\.yaml line \d: .*Billing Team is not a key: .*like billing\.$/,
    ],
    [
      'an anchor that is not there',
      billing('spokenName: *usual', 'when: always', numbers),
      /^departments\.yaml.*: .*usual\.$/,
    ],
    [
      'departments without anything',
      'departments:\n',
      /^departments\.yaml line 1: departments must list the departments by key\.$/,
    ],
    [
      'a department without anything',
      'departments:\n  billing:\n',
      /^departments\.yaml line 2: departments\.billing must have spokenName, when and numbers\.$/,
    ],
    [
      'a number that is no list',
      billing(...usual, 'numbers: $HUMAN_NUMBER'),
      /^departments\.yaml line 5: .*numbers must be a list of phone numbers\.$/,
    ],
    [
      'a second number that is wrong',
      billing(...usual, 'numbers:', '  - $HUMAN_NUMBER', '  - "0"'),
      /^departments\.yaml line 7: .*billing.* is not a phone number/,
    ],
    [
      'no number at all',
      billing(...usual, 'numbers: []'),
      /^departments\.yaml line 5: .*billing.*numbers needs at least one number\.$/,
    ],
    [
      'an unknown key',
      billing(...usual, numbers, 'holidays: none'),
      /^departments\.yaml line \d: .*billing.*"holidays"/,
    ],
    [
      'a ring limit that is no number',
      billing(...usual, numbers, 'ringLimitSeconds: long'),
      /^departments\.yaml line 6: .*billing\.ringLimitSeconds must be whole seconds/,
    ],
    [
      'an empty name',
      billing('spokenName: ""', 'when: always', numbers),
      /^departments\.yaml line 3: .*billing\.spokenName must be the name that callers hear\.$/,
    ],
    [
      'a list that is not closed',
      billing(...usual, 'numbers: [$HUMAN_NUMBER'),
      /^departments\.yaml line \d: .{10,}\.$/,
    ],
    [
      'a department that is there twice',
      `${billing(...usual, numbers)}  billing: {}\n`,
      /^departments\.yaml line 6: .*unique/,
    ],
    [
      'tabs for indentation',
      'departments:\n\tbilling: {}\n',
      /^departments\.yaml line 2: [Tt]abs .+\.$/,
    ],
    ['no departments', 'departments: {}\n', /^departments\.yaml line 1: .*at least one department/],
  ])('%s', (_, text, sentence) => {
    expect(faultsOf(text)).toEqual([expect.stringMatching(sentence)]);
  });

  test.each<[string, string[]]>([
    ['spokenName', ['when: always', numbers]],
    ['when', ['spokenName: billing', numbers]],
    ['numbers', ['spokenName: billing', 'when: always']],
  ])('%s that is missing is named with its department', (field, lines) => {
    expect(faultsOf(billing(...lines))).toEqual([
      expect.stringMatching(`^departments\\.yaml line 3: departments\\.billing\\.${field} .+\\.$`),
    ]);
  });

  test.each(['', '# nothing yet\n', 'hello\n'])('a file that holds only %j', (text) => {
    expect(faultsOf(text)).toEqual([
      'departments.yaml line 1: the file must begin with "departments:".',
    ]);
  });

  test('several mistakes are said at once', () => {
    const lines = ['spokenName: ""', 'when: ""', 'numbers: ["1"]', 'ringLimitSeconds: 0'];
    expect(faultsOf(billing(...lines)).map((fault) => /line (\d)/.exec(fault)?.[1])).toEqual([
      '3',
      '4',
      '5',
      '6',
    ]);
  });
});

describe('a file that cannot be read', () => {
  test('is named with its whole path, and with the variable that chooses it', () => {
    const file = join(tmpdir(), 'there-is-no-such-folder', 'departments.yaml');
    expect(loadDirectory({ file, humanNumber })).toEqual({
      faults: [expect.stringMatching(`^${file} cannot be read: .*DIRECTORY_FILE`)],
    });
  });

  test('nor is a folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'directory-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'departments.yaml');
    mkdirSync(file);
    expect(loadDirectory({ file, humanNumber })).toEqual({
      faults: [expect.stringContaining('cannot be read')],
    });
  });
});

describe('what may be dialled', () => {
  const abroad = '+49'.padEnd(12, '0');
  const one = (number: string) => billing(...usual, `numbers: ["${number}"]`);

  test('is in the country of HUMAN_NUMBER, when no countries are named', () => {
    expect(faultsOf(one('+12025550124'))).toEqual([]);
    expect(faultsOf(one(abroad))).toEqual([
      expect.stringMatching(
        /^departments\.yaml line 5: .*outside of the countries .*\(\+1\): add \+49/,
      ),
    ]);
  });

  test('is in the countries that are named', () => {
    expect(faultsOf(`countries: [+49]\n${one(abroad)}`)).toEqual([]);
    expect(faultsOf(`countries: [+49]\n${one('+12025550124')}`)).toEqual([
      expect.stringMatching(/^departments\.yaml line 6: .*\(\+49\): add \+1/),
    ]);
  });

  test('is nothing at a premium, and nothing that the file refuses', () => {
    expect(faultsOf(one('+1900'.padEnd(12, '0')))).toEqual([
      expect.stringContaining('begins with +1900'),
    ]);
    expect(faultsOf(`refused: [+1202]\n${one('+12025550124')}`)).toEqual([
      expect.stringContaining('begins with +1202'),
    ]);
  });

  test('may be a SIP address', () => {
    expect(faultsOf(one('sip:desk@pbx.example.com:5070;transport=tcp'))).toEqual([]);
    expect(faultsOf(one('sip:desk'))).toEqual([expect.stringContaining('is not a phone number')]);
  });
});

describe('the settings of a department', () => {
  const number = 'numbers: [$HUMAN_NUMBER]';
  test.each<[string, string, RegExp]>([
    ['a way of transfer that is none', 'transfer: hot', /transfer must be warm or cold/],
    ['a caller id that is none', 'callerId: me', /callerId must be business or caller/],
    [
      'a header that is not ours',
      'headers: { From: me }',
      /From is not a name for a header of ours/,
    ],
    ['nobody behind it', 'otherwise: sales', /otherwise names no department: sales/],
    ['hours without a zone', 'hours: { mon: "09:00-17:00" }', /hours.* must be a time zone/],
    ['hours of no day', 'hours: { timeZone: UTC, someday: "09:00-17:00" }', /someday is no day/],
  ])('%s', (_, line, fault) => {
    expect(faultsOf(billing(...usual, number, line))).toEqual([expect.stringMatching(fault)]);
  });

  test('a budget that is no number', () => {
    expect(faultsOf(`dialsPerHour: many\n${billing(...usual, number)}`)).toEqual([
      'departments.yaml line 1: dialsPerHour must be a number of dials, from 1 to 10000.',
    ]);
  });
});
