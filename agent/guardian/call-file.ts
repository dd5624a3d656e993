/**
 * What is kept on the disk of each call while it lasts: which process has it, which transfer is under way, and what was said so
 * far. With it a guardian on this machine knows at once that a job has died and puts on record what became of its transfer, and
 * the AI that comes back knows what the caller wanted. Only the owner may read it, and it goes with the call.
 */
import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { recorder } from '../call-events.ts';
import { limits } from '../limits.ts';
import { policies } from '../outcome.ts';
import { beginOf, machine } from './machine.ts';

const turn = z.object({ role: z.enum(['user', 'assistant']), text: z.string() });
const onDisk = z.object({
  callId: z.string().regex(/^[\w-]+$/),
  room: z.string(),
  machine: z.string(),
  pid: z.number(),
  /** What `beginOf` says of it. */
  begin: z.string().optional(),
  /** The worker's. */
  parentPid: z.number(),
  /** The transfer that has not ended yet. */
  attempt: z.string().optional(),
  /** The process has put its end on record, and the call goes on: another AI has it, or the guardian. */
  isEnded: z.boolean().optional(),
  said: z.array(turn),
});
export type Turn = z.infer<typeof turn>;
export type CallOnDisk = z.infer<typeof onDisk>;
export type CallChanges = Partial<Pick<CallOnDisk, 'attempt' | 'isEnded' | 'said'>>;

/** Where the files of the calls are, in the folder that the configuration names. */
export const callsFolder = (dataDir: string): string => join(dataDir, 'calls');

/** Written at once, because a process may die in the next moment; it is one small file on a disk of this machine. */
export class CallFile {
  readonly #folder: string;
  #call: CallOnDisk;
  #isRemoved = false;

  /** @param options.folder where the files of all calls are; it is made when it is not there. */
  constructor(options: { folder: string; callId: string; room: string }) {
    const { folder, callId, room } = options;
    this.#folder = folder;
    const { pid, ppid: parentPid } = process;
    this.#call = { callId, room, machine, pid, begin: beginOf(pid), parentPid, said: [] };
  }

  /** Writes what is known of the call, with these changes. @throws when the disk does not take it; the file is then as before. */
  write(changes: CallChanges = {}): void {
    this.#call = { ...this.#call, ...changes };
    // What is said while the call ends comes too late.
    if (this.#isRemoved) return;
    const path = pathOf(this.#folder, this.#call.callId);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(partOf(path), JSON.stringify(this.#call), { mode: 0o600 });
    renameSync(partOf(path), path);
  }

  /** For good. @throws when the disk does not let it go. */
  remove(): void {
    this.#isRemoved = true;
    rmSync(pathOf(this.#folder, this.#call.callId), { force: true });
  }
}

/** @returns what is on the disk of a call; undefined when nothing is, or nothing that can be read. */
export async function readCall(folder: string, callId: string): Promise<CallOnDisk | undefined> {
  try {
    const text = await readFile(pathOf(folder, callId), 'utf8');
    return onDisk.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** @returns what is on the disk of all calls, none when there is no such folder. */
export async function readCalls(folder: string): Promise<CallOnDisk[]> {
  const names = await readdir(folder).catch(() => []);
  const ids = names.flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -5)] : []));
  const all = await Promise.all(ids.map((id) => readCall(folder, id)));
  return all.filter((call) => call !== undefined);
}

/** @returns the call that goes on in this room, when it is not ours and something was said in it; undefined otherwise. */
export async function callBefore(
  folder: string,
  { room, callId }: { room: string; callId: string },
): Promise<string | undefined> {
  const calls = await readCalls(folder);
  const isBefore = (one: CallOnDisk) =>
    one.room === room && one.callId !== callId && !one.isEnded && one.said.length > 0;
  return calls.find(isBefore)?.callId;
}

/**
 * Which calls have lost their process on this machine, and in which rooms; nothing is known of others. Those whose room is gone
 * are settled, those of other machines as well when their file has been left for long.
 * @param rooms the names of all rooms that there are.
 */
export async function diedCalls(
  folder: string,
  rooms: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const calls = await readCalls(folder);
  const died = calls.filter(hasDied);
  const over = calls.filter(({ room }) => !rooms.has(room));
  for (const call of over) {
    if (died.includes(call)) settle(folder, call, 'over');
    else await settleOld(folder, call);
  }
  await removeUnreadable(folder);
  return new Map(died.map(({ callId, room }) => [callId, room]));
}

/** A machine that has lost its call and is gone does not settle it. */
async function settleOld(folder: string, call: CallOnDisk): Promise<void> {
  const isForeign = call.machine !== machine;
  if (isForeign && (await isOld(pathOf(folder, call.callId)))) settle(folder, call, 'over');
}

/** What a process had begun to write when it died, and what an older version has left. */
async function removeUnreadable(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (!(await isOld(path)) || (await readCall(folder, name.replace(/\.json$/, '')))) continue;
    await rm(path, { force: true }).catch(() => undefined);
  }
}

const isOld = (path: string): Promise<boolean> =>
  stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > limits.leftFileMs,
    () => false,
  );

/** Whether the process of a call on this machine is gone. */
export function hasDied(call: CallOnDisk): boolean {
  if (call.machine !== machine) return false;
  try {
    process.kill(call.pid, 0);
    // Another process may have its id by now. What cannot be read says nothing.
    const begin = beginOf(call.pid) ?? call.begin;
    return call.begin !== undefined && begin !== call.begin;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Removes the file of a call whose process has died, and puts on record what that process could not: the end of its transfer,
 * and of the call unless it is resumed. Of several who do this at the same time one puts it on record. Never throws.
 */
export function settle(
  folder: string,
  { callId, attempt, isEnded }: CallOnDisk,
  how: 'over' | 'resumed',
): void {
  try {
    unlinkSync(pathOf(folder, callId));
  } catch {
    return;
  }
  const record = recorder(callId);
  const { blame } = policies.cancelled;
  if (attempt) record({ type: 'transferEnded', attempt, outcome: 'cancelled', blame });
  if (how === 'over' && !isEnded) record({ type: 'callEnded', cause: 'jobLost' });
}

const pathOf = (folder: string, callId: string) => join(folder, `${callId}.json`);
const partOf = (path: string) => `${path}.part`;
