/**
 * Makes the source of the lab's livekit-server: the published module, with the edits of edits.ts and the Go files of rtc/ and
 * service/. Go cannot overlay files of its module cache, hence the copy. lab/setup/server-builds.ts builds it.
 */

import { chmod, copyFile, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyEdit, edits } from './edits.ts';

/** The folders of Go files here, and where they go in livekit-server. */
export const goFolders = [
  { here: 'rtc', there: 'pkg/rtc' },
  { here: 'service', there: 'pkg/service' },
  { here: 'test', there: 'test' },
];

/** A Go file of ours: its absolute path, and its path in livekit-server. */
export interface GoFile {
  path: string;
  target: string;
}

/** Lists our Go files, in a fixed order: those of the program, or those of its tests. */
export async function goFiles(kind: 'program' | 'tests'): Promise<GoFile[]> {
  const lists = await Promise.all(
    goFolders.map(async ({ here, there }) => {
      const folder = join(import.meta.dirname, here);
      const names = (await readdir(folder)).filter((name) => name.endsWith('.go')).sort();
      return names.map((name) => ({ path: join(folder, name), target: join(there, name) }));
    }),
  );
  return lists.flat().filter(({ path }) => path.endsWith('_test.go') === (kind === 'tests'));
}

/** Everything that decides what the patched source is, apart from the module: for the cache key. */
export async function patchInputs(): Promise<string[]> {
  const files = await goFiles('program');
  const texts = await Promise.all(
    files.map(async ({ path, target }) => [target, await readFile(path, 'utf8')]),
  );
  return [JSON.stringify(edits), ...texts.flat()];
}

/** Copies the module's source, makes the copy writable, and applies the edits and our files. Tests are left out. */
export async function writePatchedSource({
  from,
  to,
}: {
  from: string;
  to: string;
}): Promise<void> {
  await cp(from, to, { recursive: true });
  await makeFoldersWritable(to);
  for (const edit of edits) {
    const path = join(to, edit.file);
    await chmod(path, 0o644);
    await writeFile(path, applyEdit(await readFile(path, 'utf8'), edit));
  }
  for (const { path, target } of await goFiles('program')) {
    await copyFile(path, join(to, target));
  }
}

/** The module cache is read-only, and a copy of it could not be changed or deleted. */
async function makeFoldersWritable(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}
