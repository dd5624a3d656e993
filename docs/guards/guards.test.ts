/** The list of guards is true: each is in the code, once, and the test that it names exists. prove.ts proves the rest. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { limits } from '../../agent/limits.ts';
import { root } from '../print/pages.ts';
import { deadlines } from './deadlines.ts';
import { without } from './guard.ts';
import { undos } from './undos.ts';
import { watches } from './watches.ts';

const guards = [...watches, ...deadlines, ...undos];

const textOf = (file: string) => readFileSync(join(root, 'agent', file), 'utf8');

test.each(guards)('$file: $what is there, and so is its test', (guard) => {
  const text = textOf(guard.file);
  expect(without(text, guard)).not.toBe(text);
  expect(textOf(guard.test.file)).toContain(guard.test.name);
});

test('no guard is listed twice', () => {
  const all = guards.map(({ file, code, instead }) => `${file} ${code} ${instead}`);
  expect(all.filter((one, at) => all.indexOf(one) !== at)).toEqual([]);
});

describe('every limit is some guard’s', () => {
  const files = new Set(guards.map(({ file }) => file));
  const code = guards.map((guard) => guard.code).join('\n');
  // These are guarded by what they make another guard do again: how often it looks or tries, and how far apart.
  const paces = [
    'requestPauseMs',
    'mergeLooks',
    'mergeLookMs',
    'cancelAgainMs',
    'providerPauseMs',
    'hearPauseMs',
    'modelRetries',
    'modelPauseMs',
    'processorWorkMs',
    'pressedMs',
  ];

  test.each(Object.keys(limits).filter((name) => !paces.includes(name)))('%s', (name) => {
    expect(code).toContain(`limits.${name}`);
  });

  test.each(paces)('%s is used beside one', (name) => {
    expect([...files].some((file) => textOf(file).includes(`limits.${name}`))).toBe(true);
  });
});
