/**
 * Keeps what takes minutes to build: one folder per key under the person's cache folder. A folder appears by a rename when it is
 * complete, so a half-written one is never used. Two processes that want the same folder at once build it once.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { withLock } from './lock.ts';
import type { Say } from './progress.ts';

const dayMs = 24 * 3_600_000;
/** What a killed build left behind is removed after a day, and a build that nobody uses any more after a month. */
const keptMs = { unfinished: dayMs, unused: 30 * dayMs };

/** `$XDG_CACHE_HOME/livekit-warm-transfer`, or the same under `~/.cache`. A relative XDG_CACHE_HOME is ignored, as its spec says. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
  return join(base, 'livekit-warm-transfer');
}

/** A short hash of everything that the result depends on. The order of the parts matters, and so do their borders. */
export function cacheKey(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

export interface CachedBuild {
  /** Names the folder, together with the key. */
  name: string;
  key: string;
  say: Say;
  /** Fills the folder. If it throws, nothing is kept. */
  build: (folder: string) => Promise<void>;
}

/** Returns the folder of a build, which is built first if need be. */
export async function buildOnce({ name, key, say, build }: CachedBuild): Promise<string> {
  const root = cacheRoot();
  const folder = join(root, `${name}-${key}`);
  if (existsSync(folder)) {
    await utimes(folder, new Date(), new Date());
    return folder;
  }

  await mkdir(root, { recursive: true });
  return withLock({ path: `${folder}.lock`, say, waitingFor: name }, async () => {
    if (existsSync(folder)) return folder;
    await removeOld(root);
    const unfinished = join(root, `unfinished-${name}-${process.pid}`);
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    try {
      await build(unfinished);
      await rename(unfinished, folder);
    } catch (error) {
      // Somebody else may have finished first; theirs is as good.
      if (!existsSync(folder)) throw error;
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return folder;
  });
}

async function removeOld(root: string): Promise<void> {
  for (const entry of await readdir(root)) {
    const path = join(root, entry);
    const limitMs = entry.startsWith('unfinished-') ? keptMs.unfinished : keptMs.unused;
    const info = await stat(path).catch(() => undefined);
    if (info && Date.now() - info.mtimeMs > limitMs)
      await rm(path, { recursive: true, force: true });
  }
}
