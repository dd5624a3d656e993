/**
 * One lab starts at a time on a machine, and no story begins meanwhile. What starts takes every processor for some seconds, and
 * calls of another lab would be heard to suffer. Called by lab.ts, and by whatever begins a story.
 */
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Lock, withLock } from '../setup/lock.ts';
import type { Lab } from './lab.ts';
import { workersTakeCalls } from './workers.ts';

const gate: Lock = {
  path: join(tmpdir(), `lab-starts-${userInfo().username}`),
  waitingFor: 'a lab',
  say: () => undefined,
};

/** Starts a lab when no other one starts. */
export const startAlone = <T>(start: () => Promise<T>): Promise<T> => withLock(gate, start);

/** Resolves when no lab starts, and the workers of this one take calls. */
export async function storyMayBegin(lab: Lab): Promise<void> {
  await withLock(gate, () => Promise.resolve());
  await workersTakeCalls(lab);
}
