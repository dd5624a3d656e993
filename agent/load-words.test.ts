/** Which words the AI says, and what is said about files of words that cannot be used. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadWords } from './load-words.ts';
import { words as english } from './words.ts';

const englishFile = fileURLToPath(new URL('words.ts', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'words-'));
  copyFileSync(englishFile, join(folder, 'words.ts'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file of words with changes, as somebody would write it. @returns its path. */
function write(name: string, changes: string): string {
  const file = join(folder, name);
  const type = `import type { Words } from ${JSON.stringify(pathToFileURL(englishFile).href)};\n`;
  const from = `import { words as english } from ${JSON.stringify(pathToFileURL(englishFile).href)};\n`;
  writeFileSync(file, `${type}${from}${changes}\n`);
  return file;
}
const german = `export const words: Words = { ...english, language: 'de', agent: { ...english.agent, greeting: 'Guten Tag.' } };`;

const load = (language?: string, file?: string) => loadWords({ language, file, folder });
function loaded(language?: string, file?: string) {
  const result = load(language, file);
  if ('faults' in result) throw new Error(result.faults.join('\n'));
  return result.words;
}
function faultsOf(language?: string, file?: string): string[] {
  const result = load(language, file);
  return 'faults' in result ? result.faults : [];
}

describe('the language', () => {
  test.each([undefined, '', 'en'])('is English when LANGUAGE is %j', (language) => {
    expect(loaded(language).agent.greeting).toBe(english.agent.greeting);
  });

  test('is none that a test is called after', () => {
    write('words.test.ts', german);
    expect(faultsOf('test')).toHaveLength(1);
  });

  test('is that of another file beside the English one', () => {
    write('words.de.ts', german);
    expect(loaded('de')).toMatchObject({ language: 'de', agent: { greeting: 'Guten Tag.' } });
    expect(loaded('de').failed.busy('Anna')).toBe(english.failed.busy('Anna'));
  });

  test.each(['de', 'DE', 'xx', '../words'])('%s that there is no file for is a fault', (name) => {
    write('words.fr.ts', german);
    expect(faultsOf(name)).toEqual([
      `LANGUAGE is ${name}, and there are words in: fr, en. Choose one of these, or write words.${name}.ts beside agent/words.ts.`,
    ]);
  });

  test.each([
    ['de_AT:de:en', 'de'],
    ['de_DE.UTF-8:en', 'de'],
    ['fr_FR:en_US:de', 'en'],
    ['fr_FR:fr', 'en'],
  ])('of a desktop (%s) is %s', (list, language) => {
    write('words.de.ts', german);
    expect(loaded(list).language).toBe(language);
  });
});

describe('WORDS_FILE', () => {
  test('goes before the language', () => {
    const file = write('own.ts', german);
    expect(loaded('xx', file).agent.greeting).toBe('Guten Tag.');
  });

  test('that is not there is a fault', () => {
    const file = join(folder, 'none.ts');
    expect(faultsOf(undefined, file)).toEqual([`WORDS_FILE: there is no file ${file}.`]);
  });

  test.each([
    ['is no program', 'export const words = {', /cannot be loaded: \w*Error.*: .+[^.]\.$/],
    ['exports no words', 'export const Words = english;', /has no `export const words`\.$/],
    [
      'lacks a block',
      'const { hold: _, ...rest } = english; export const words = rest;',
      /words\.hold is missing\.$/,
    ],
    [
      'lacks a sentence',
      'export const words = { ...english, agent: { ...english.agent, greeting: undefined } };',
      /words\.agent\.greeting is missing\.$/,
    ],
    [
      'has a sentence of nothing',
      `export const words = { ...english, agent: { ...english.agent, greeting: ' ' } };`,
      /words\.agent\.greeting is empty\.$/,
    ],
    [
      'has a text where a name belongs into it',
      `export const words = { ...english, failed: { ...english.failed, busy: 'Busy.' } };`,
      /words\.failed\.busy must be a function that gives a text\.$/,
    ],
    [
      'has a number for a text',
      'export const words = { ...english, language: 1 };',
      /words\.language must be a text\.$/,
    ],
    [
      'has nothing for a block',
      'export const words = { ...english, hours: null };',
      /words\.hours must be a block of words\.$/,
    ],
  ])('that %s is a fault', (_, text, fault) => {
    const file = write('own.ts', text);
    expect(faultsOf(undefined, file)).toEqual([expect.stringMatching(fault)]);
    expect(faultsOf(undefined, file)[0]).toMatch(/^WORDS_FILE: .*own\.ts /);
  });
});
