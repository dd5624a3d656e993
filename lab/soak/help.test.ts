/** What a caller who lost the AI has to hear to have been helped. */
import { expect, test } from 'vitest';
import { normaliseSentence } from '../audio/codes.ts';
import type { HeardFrame } from '../phone/heard.ts';
import { wordsIn, realWords } from '../network/words-file.ts';
import { replies } from '../scenarios/scenario.ts';
import { firstSentence } from '../standins/sentences.ts';
import { backAtMs, helpedAtMs } from './help.ts';

const words = await wordsIn(realWords);
const backAgain = firstSentence(words.guardian.backAgain);
const mustEnd = firstSentence(words.agent.mustEnd);
const oneMoment = firstSentence(words.guardian.oneMoment);

const frame = (atMs: number, more: Partial<HeardFrame> = {}): HeardFrame => ({
  atMs,
  levelDb: -20,
  pilots: [],
  music: false,
  ...more,
});
const says = (atMs: number, sentence: string) =>
  frame(atMs, { sentence: normaliseSentence(sentence) });
const helped = (...frames: HeardFrame[]) => helpedAtMs(frames, { pilot: 4, sinceMs: 1_000, words });

test('another AI, that comes back or that has to end the call', () => {
  expect(helped(frame(1_000), says(1_020, backAgain))).toBe(1_020);
  expect(helped(says(1_020, mustEnd))).toBe(1_020);
});

test('the human, for longer than a torn frame', () => {
  const human = { pilots: [4] };
  expect(helped(frame(1_000, human), frame(1_020, human))).toBe(1_000);
  expect(helped(frame(1_000, human), frame(1_020))).toBeUndefined();
});

test('not what was heard before, another phone, nor to be asked for a moment', () => {
  const other = { pilots: [5] };
  expect(helped(says(980, backAgain), frame(1_000, other), frame(1_020, other))).toBeUndefined();
  expect(helped(says(1_020, oneMoment), frame(1_040, { music: true }))).toBeUndefined();
});

test('only the AI that goes on is back', () => {
  const frames = [says(1_000, mustEnd), says(1_020, backAgain)];
  expect(backAtMs(frames, { sinceMs: 1_000, words })).toBe(1_020);
  expect(backAtMs(frames, { sinceMs: 1_040, words })).toBeUndefined();
});

test('an AI that answers who talks over its return, when it is not the last word of the dead one', () => {
  const answer = replies.helps;
  expect(helped(says(1_980, answer))).toBeUndefined();
  expect(helped(says(1_980, answer), says(2_000, answer))).toBe(2_000);
});
