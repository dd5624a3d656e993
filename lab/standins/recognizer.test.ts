/** Which frames make an utterance, and which words of a sentence it covers. */
import { expect, test } from 'vitest';
import { wordsHeard } from './listen-stream.ts';
import { Recognizer, type RecognizerEvent } from './recognizer.ts';

/** Pushes a code per character: a digit is that code, a dot is a frame without one. */
function push(recognizer: Recognizer, frames: string): RecognizerEvent[] {
  return Array.from(frames)
    .flatMap((frame) => recognizer.push(frame === '.' ? undefined : Number(frame)))
    .filter(({ type }) => type !== 'continued');
}

function utterances(frames: string, goneMs = 80): (readonly [number, number, number, number])[] {
  const recognizer = new Recognizer(goneMs);
  return [...push(recognizer, frames), ...recognizer.breakOff()]
    .filter(({ type }) => type === 'ended')
    .map(({ utterance: u }) => [u.code, u.startMs, u.endMs, u.codedMs] as const);
}

test.each([
  ['five frames in a row begin an utterance', '..11111....', [[1, 40, 140, 100]]],
  ['four do not', '..1111.....', []],
  ['five of six do', '..11.111....', [[1, 40, 160, 100]]],
  ['a short gap is bridged', '111111...11111....', [[1, 0, 280, 220]]],
  [
    'a long gap ends it',
    '111111....11111....',
    [
      [1, 0, 120, 120],
      [1, 200, 300, 100],
    ],
  ],
  [
    'two sentences may touch',
    '1111122222222',
    [
      [1, 0, 100, 100],
      [2, 100, 260, 160],
    ],
  ],
  ['a stray frame of another code is no sentence', '11111121111....', [[1, 0, 220, 200]]],
  ['codes that change each frame are noise', '1231231231231231', []],
])('%s', (_, frames, expected) => {
  expect(utterances(frames)).toEqual(expected);
});

test('an utterance is reported as soon as it has enough frames, and ends with the last frame that is gone', () => {
  const recognizer = new Recognizer(80);
  expect(push(recognizer, '1111')).toHaveLength(0);
  expect(push(recognizer, '1')).toMatchObject([{ type: 'began' }]);
  expect(push(recognizer, '...')).toHaveLength(0);
  expect(push(recognizer, '.')).toMatchObject([{ type: 'ended' }]);
});

test('an utterance that was broken off does not count its frames twice', () => {
  const recognizer = new Recognizer(80);
  push(recognizer, '111111');
  recognizer.breakOff();
  expect(push(recognizer, '1111')).toHaveLength(0);
  expect(push(recognizer, '1')).toMatchObject([{ type: 'began' }]);
});

const SENTENCE = 'aaaa bbbb cccc dddd eeee';

test.each([
  ['all of it', { endMs: 2000, codedMs: 2000 }, 5],
  ['all but a clipped edge', { endMs: 1820, codedMs: 1700 }, 5],
  ['all, with a third of the packets lost', { endMs: 2000, codedMs: 1300 }, 5],
  ['the first half', { endMs: 1000, codedMs: 1000 }, 2],
  ['three fifths', { endMs: 1200, codedMs: 1200 }, 3],
  ['all but the last fifth', { endMs: 1600, codedMs: 1600 }, 4],
  ['scraps over its whole length', { endMs: 2000, codedMs: 900 }, 2],
  ['hardly a word', { endMs: 120, codedMs: 120 }, 0],
])('%s', (_, stretch, count) => {
  const words = wordsHeard(SENTENCE, 2000, { code: 1, startMs: 0, ...stretch });
  expect(words.map(({ word }) => word)).toEqual(SENTENCE.split(' ').slice(0, count));
});
