/**
 * Loads the words that the environment names, and says what is wrong with them. Called by config.ts only.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Words, words as english } from './words.ts';

const here = dirname(fileURLToPath(import.meta.url));
// Node runs TypeScript, and does not make the reader of the environment wait for it.
const load = createRequire(import.meta.url);

type Loaded = { words: Words } | { faults: string[] };

/**
 * @param options.language the value of LANGUAGE: `words.de.ts` for `de`, and `words.ts` for `en`.
 * @param options.file the value of WORDS_FILE, which goes before it.
 * @param options.folder where the languages are.
 */
export function loadWords(options: {
  language: string | undefined;
  file: string | undefined;
  folder?: string;
}): Loaded {
  const { language, file, folder = here } = options;
  if (file) return wordsOf('WORDS_FILE', resolve(file));
  const languages = languagesIn(folder);
  const chosen = language ? chosenOf(language, [...languages.keys()]) : 'en';
  const found = chosen && languages.get(chosen);
  if (found) return wordsOf('LANGUAGE', found);
  const known = [...languages.keys()].join(', ');
  return {
    faults: [
      `LANGUAGE is ${language}, and there are words in: ${known}. Choose one of these, or write words.${language}.ts beside agent/words.ts.`,
    ],
  };
}

/** The languages that there are, and their files. */
function languagesIn(folder: string): Map<string, string> {
  const files = readdirSync(folder).sort();
  const found = files.flatMap((name): [string, string][] => {
    const language = name === 'words.ts' ? 'en' : /^words\.([\w-]+)\.ts$/.exec(name)?.[1];
    return language && language !== 'test' ? [[language, join(folder, name)]] : [];
  });
  return new Map(found);
}

/** A desktop may have set LANGUAGE to a list of its own (GNU gettext), like `de_AT:de:en`: then the first that there is. */
function chosenOf(language: string, known: readonly string[]): string | undefined {
  if (!language.includes(':')) return known.find((one) => one === language);
  const wanted = language.split(':').flatMap((one) => [one, one.replace(/[_.@].*/, '')]);
  return wanted.find((one) => known.includes(one)) ?? 'en';
}

function wordsOf(variable: string, file: string): Loaded {
  const name = relative(process.cwd(), file);
  if (!existsSync(file)) return { faults: [`${variable}: there is no file ${file}.`] };
  let loaded: { words?: unknown };
  try {
    loaded = load(file) as typeof loaded;
  } catch (error) {
    const [reason = ''] = String(error).split('\n');
    return { faults: [`${variable}: ${name} cannot be loaded: ${reason.replace(/\.$/, '')}.`] };
  }
  if (loaded.words === undefined) {
    return { faults: [`${variable}: ${name} has no \`export const words\`.`] };
  }
  const faults = faultsOf(loaded.words, english, 'words');
  if (faults.length === 0) return { words: loaded.words as Words };
  return { faults: faults.map((fault) => `${variable}: in ${name} ${fault}.`) };
}

/** What the type of the words asks for, and these have not. @param at where in them we are. */
function faultsOf(given: unknown, wanted: unknown, at: string): string[] {
  if (given === undefined) return [`${at} is missing`];
  const [is, kind] = [typeof given, typeof wanted];
  if (is !== kind || given === null) return [`${at} must be ${kinds[kind] ?? kind}`];
  if (typeof given === 'string' && !given.trim()) return [`${at} is empty`];
  if (typeof wanted !== 'object') return [];
  const fields = given as Record<string, unknown>;
  return Object.entries(wanted!).flatMap(([key, value]) =>
    faultsOf(fields[key], value, `${at}.${key}`),
  );
}

const kinds: Partial<Record<string, string>> = {
  string: 'a text',
  function: 'a function that gives a text',
  object: 'a block of words',
};
