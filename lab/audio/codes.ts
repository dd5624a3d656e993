/**
 * Sentence numbers: the one list by which phones and stand-ins of a lab agree on what a chord means.
 *
 * The speaker asks for a sentence's code, the listener asks for a code's sentence. Pure; it makes no sound.
 * It does not cross processes: whoever speaks and whoever listens share the object.
 */
import { CODE_COUNT } from './tones.ts';

/** The form in which sentences are compared: trimmed, with every run of white space made one space. */
export function normaliseSentence(sentence: string): string {
  return sentence.trim().replace(/\s+/g, ' ');
}

/**
 * Gives each sentence a code from 1 to CODE_COUNT. When all are taken, the sentence that was asked for least recently
 * loses its code, so at most CODE_COUNT different sentences may be in the air at once.
 */
export class CodeBook {
  /** In order of use, the least recent first: a Map keeps the order of insertion. */
  readonly #codes = new Map<string, number>();
  readonly #sentences = new Map<number, string>();

  /** The code of a sentence, new or known. Throws for an empty sentence: silence has no code. */
  codeOf(sentence: string): number {
    const text = normaliseSentence(sentence);
    if (text === '') throw new RangeError('An empty sentence has no code: say nothing instead.');
    const code = this.#codes.get(text) ?? this.#freeCode();
    this.#codes.delete(text);
    this.#codes.set(text, code);
    this.#sentences.set(code, text);
    return code;
  }

  /** Those that have a code now. */
  get sentences(): IterableIterator<string> {
    return this.#sentences.values();
  }

  /** The sentence, normalised, that has this code now. */
  sentenceOf(code: number): string | undefined {
    return this.#sentences.get(code);
  }

  #freeCode(): number {
    if (this.#codes.size < CODE_COUNT) return this.#codes.size + 1;
    const [oldest, code] = this.#codes.entries().next().value!;
    this.#codes.delete(oldest);
    return code;
  }
}
