/**
 * Sentences as the lab counts them: what the text-to-speech stand-in speaks with one code each, and what a scenario
 * must expect to hear when the AI says a text.
 *
 * Pure. The Cartesia plugin sends pieces that are usually one sentence, but it joins sentences shorter than 8 characters
 * to the next, flushes what is left as one piece, and moves quotation marks. `sentencesOf` gives the same list for
 * a whole text and for the plugin's pieces of it. Left out: languages other than English, and what the plugin garbles:
 * it turns "Acme Inc." into "AcmeInc." (also Ltd, Jr, Sr, Co) and a text's last "plan B." into "planB.".
 */
import { normaliseSentence } from '../audio/codes.ts';

/** A full stop after one of these ends no sentence, nor does one after a single letter (an initial). */
const ABBREVIATION = /(?:^|\s)(?:Mr|Mrs|Ms|Dr|St|[A-Za-z]|(?:[A-Za-z]\.)+[A-Za-z])\.$/;

function isSpeakable(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** The sentences of a text, without quotation marks and with single spaces. None for text without a letter or digit. */
export function sentencesOf(text: string): string[] {
  const clean = normaliseSentence(text.replace(/["“”]/g, '').replace(/([?!])[?!.]+/g, '$1'));
  const sentences: string[] = [];
  let rest = '';
  for (const part of clean.split(/(?<=[.!?…])\s+/)) {
    rest = rest === '' ? part : `${rest} ${part}`;
    if (ABBREVIATION.test(rest)) continue;
    sentences.push(rest);
    rest = '';
  }
  if (rest !== '') sentences.push(rest);
  return sentences.map((sentence) => sentence.replace(/^[^\p{L}\p{N}]+/u, '')).filter(isSpeakable);
}

/** The first sentence that is spoken of a text. */
export const firstSentence = (text: string): string => sentencesOf(text)[0]!;
/** And the last: who has heard it may say something. */
export const lastSentence = (text: string): string => sentencesOf(text).at(-1)!;

/** Who misses more than a third of a sentence does not know what was said. */
const UNDERSTOOD_SHARE = 2 / 3;

/**
 * The sentence that somebody who knows them all takes `text` for: the one of which most is there, in order, when a word
 * or two were lost on a bad line, or its beginning was heard twice. Otherwise the text itself.
 */
export function meant(text: string, known: Iterable<string>): string {
  const words = text.split(' ');
  const shares = [...known].map((sentence) => {
    const all = sentence.split(' ');
    const share = (heard: readonly string[]) =>
      heard.length > 1 && areInOrder(heard, all) ? heard.length / all.length : 0;
    return { sentence, share: Math.max(share(words), share(withoutFalseStart(words, all))) };
  });
  const best = shares.toSorted((a, b) => b.share - a.share)[0];
  return best && best.share >= UNDERSTOOD_SHARE ? best.sentence : text;
}

/** What follows after the first words of a sentence when the sentence then begins anew; all words when it does not. */
function withoutFalseStart(
  words: readonly string[],
  sentence: readonly string[],
): readonly string[] {
  const anew = words.indexOf(sentence[0]!, 1);
  const isStart = anew > 0 && words.slice(0, anew).every((word, at) => word === sentence[at]);
  return isStart ? words.slice(anew) : words;
}

/** Whether all the words are among those of the sentence, in their order. */
function areInOrder(words: readonly string[], sentence: readonly string[]): boolean {
  let found = 0;
  for (const word of sentence) if (word === words[found]) found += 1;
  return found === words.length;
}

/** One word and when it is spoken, in milliseconds. */
export type TimedWord = { word: string; startMs: number; endMs: number };

/** The words of a sentence, spread over its duration by their length. Real services measure; listeners cannot tell. */
export function timedWords(sentence: string, startMs: number, durationMs: number): TimedWord[] {
  const words = sentence.split(/\s+/).filter((word) => word !== '');
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  let before = 0;
  return words.map((word) => {
    const wordStartMs = startMs + (durationMs * before) / letters;
    before += word.length;
    return { word, startMs: wordStartMs, endMs: startMs + (durationMs * before) / letters };
  });
}
