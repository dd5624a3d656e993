/** Words files of the application: which there are, and how a lab loads one. The application is told its path, and loads it itself. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Words } from '../../agent/words.ts';
import { root } from './settings.ts';

/** The words that callers and humans hear in earnest: of the demo, and of stories that need sentences which last. */
export const realWords = join(root, 'agent', 'words.ts');

/** Those of a lab that is not told otherwise. */
export const shortWords = join(root, 'lab', 'words.ts');

/** The words of a file, as data: stories and checks expect what is in it. */
export async function wordsIn(file: string): Promise<Words> {
  const { words } = (await import(pathToFileURL(file).href)) as { words: Words };
  return words;
}
