/** Finds programs the way a shell does, and in the places that installers use without adding them to PATH. */

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const alsoLookIn = [
  '/usr/local/go/bin',
  '/opt/homebrew/bin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/local/sbin',
];

/** Returns the absolute path of the first program of these names that can be executed, or undefined. */
export function findProgram(...names: string[]): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...alsoLookIn];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
