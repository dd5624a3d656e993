/**
 * A lock between processes, as a folder that its holder keeps touching. One that nobody touches belongs to a dead process and is
 * taken away. In the worst case (a holder that was suspended for longer than that) two hold it at once: build-cache.ts then builds
 * twice, and nothing breaks. It is for that, not for keeping things correct.
 */

import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { withProgress, type Say } from './progress.ts';

/** The pace of the holder and of those who wait, and the silence after which a holder counts as dead. */
export const lockTiming = { touchMs: 2_000, pollMs: 250, deadAfterMs: 12_000 };

export interface Lock {
  path: string;
  /** What the other process is doing, for the line that says why we wait. */
  waitingFor: string;
  say: Say;
  timing?: typeof lockTiming;
}

/** Runs a step while holding the lock. Waits as long as the present holder lives. */
export async function withLock<T>(lock: Lock, step: () => Promise<T>): Promise<T> {
  const timing = lock.timing ?? lockTiming;
  if (!(await tryToTake(lock.path))) {
    const label = `waiting for another process that builds ${lock.waitingFor}`;
    await withProgress({ say: lock.say, label }, () => waitToTake(lock.path, timing));
  }
  const touching = setInterval(() => {
    const now = new Date();
    // A lock that was taken from us is not ours to touch; the step ends all the same.
    utimes(lock.path, now, now).catch(() => undefined);
  }, timing.touchMs);
  try {
    return await step();
  } finally {
    clearInterval(touching);
    await rm(lock.path, { recursive: true, force: true });
  }
}

async function tryToTake(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function waitToTake(path: string, timing: typeof lockTiming): Promise<void> {
  while (!(await tryToTake(path))) {
    const info = await stat(path).catch(() => undefined);
    if (info && Date.now() - info.mtimeMs > timing.deadAfterMs) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    await delay(timing.pollMs);
  }
}
