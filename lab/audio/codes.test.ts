import { expect, test } from 'vitest';
import { CodeBook, normaliseSentence } from './codes.ts';
import { CODE_COUNT } from './tones.ts';

test('a sentence keeps its code, however it is spaced', () => {
  const codes = new CodeBook();
  const code = codes.codeOf('Yes, connect me.');
  expect(codes.codeOf('  Yes,\n connect  me. ')).toBe(code);
  expect(codes.codeOf('No.')).not.toBe(code);
  expect(codes.sentenceOf(code)).toBe('Yes, connect me.');
  expect(codes.sentenceOf(CODE_COUNT)).toBeUndefined();
});

test('when the codes run out, the least recently used sentence gives up its own', () => {
  const codes = new CodeBook();
  const sentences = Array.from({ length: CODE_COUNT }, (_, i) => `Sentence ${i}.`);
  const given = sentences.map((sentence) => codes.codeOf(sentence));
  expect(new Set(given).size).toBe(CODE_COUNT);
  expect(Math.min(...given)).toBe(1);
  expect(Math.max(...given)).toBe(CODE_COUNT);

  codes.codeOf(sentences[0]!);
  const code = codes.codeOf('One more.');
  expect(code).toBe(given[1]);
  expect(codes.sentenceOf(code)).toBe('One more.');
  expect(codes.sentenceOf(given[0]!)).toBe(sentences[0]);
});

test('silence has no code', () => {
  expect(() => new CodeBook().codeOf('  ')).toThrow(/empty sentence/);
  expect(normaliseSentence(' a \t b ')).toBe('a b');
});
