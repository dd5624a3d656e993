/**
 * What is kept on the disk of each call while it lasts: which process has it, which transfer is under way, and what was said so
 * far. With it a guardian on this machine knows at once that a job has died and puts on record what became of its transfer, and
 * the AI that comes back knows what the caller wanted. Only the owner may read it, and it goes with the call.
 */
import { mkdir, readFile, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { recorder } from '../call-events.ts';
import { policies } from '../outcome.ts';

const turn = z.object({ role: z.enum(['user', 'assistant']), text: z.string() });
const onDisk = z.object({
  callId: z.string().regex(/^[\w-]+$/),
  room: z.string(),
  host: z.string(),
  pid: z.number(),
  /** The worker's. */
  parentPid: z.number(),
  /** The transfer that has not ended yet. */
  attempt: z.string().optional(),
  /** The process has put the end of the call on record; what was said is there for the AI that comes after. */
  isEnded: z.boolean().optional(),
  said: z.array(turn),
});
export type Turn = z.infer<typeof turn>;
export type CallOnDisk = z.infer<typeof onDisk>;
export type CallChanges = Partial<Pick<CallOnDisk, 'attempt' | 'isEnded' | 'said'>>;

/** Where the files of the calls are, in the folder that the configuration names. */
export const callsFolder = (dataDir: string): string => join(dataDir, 'calls');

export class CallFile {
  readonly #folder: string;
  #call: CallOnDisk;
  #writing: Promise<unknown> = Promise.resolve();

  /** @param options.folder where the files of all calls are; it is made when it is not there. */
  constructor(options: { folder: string; callId: string; room: string }) {
    const { folder, callId, room } = options;
    this.#folder = folder;
    const process_ = { host: hostname(), pid: process.pid, parentPid: process.ppid };
    this.#call = { callId, room, ...process_, said: [] };
  }

  /** Writes what is known of the call, with these changes. @throws when the disk does not take it; the file is then as before. */
  write(changes: CallChanges = {}): Promise<void> {
    this.#call = { ...this.#call, ...changes };
    const text = JSON.stringify(this.#call);
    const writing = this.#writing.then(() => this.#write(text));
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  async #write(text: string): Promise<void> {
    const path = pathOf(this.#folder, this.#call.callId);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFile(`${path}.part`, text, { mode: 0o600 });
    await rename(`${path}.part`, path);
  }

  /** Removes it, after what is being written. */
  async remove(): Promise<void> {
    await this.#writing;
    await rm(pathOf(this.#folder, this.#call.callId), { force: true });
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

/**
 * Which calls have lost their process on this machine; nothing is known of others. Those whose room is gone are settled.
 * @param rooms the names of all rooms that there are.
 */
export async function diedCalls(
  folder: string,
  rooms: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const died = (await readCalls(folder)).filter(hasDied);
  const over = died.filter(({ room }) => !rooms.has(room));
  await Promise.all(over.map((call) => settle(folder, call, 'over')));
  return new Set(died.map(({ callId }) => callId));
}

function hasDied({ host, pid }: CallOnDisk): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Removes the file of a call whose process has died, and puts on record what that process could not: the end of its transfer,
 * and of the call unless it is resumed. Of several who do this at the same time one puts it on record. Never rejects.
 */
export async function settle(
  folder: string,
  { callId, attempt, isEnded }: CallOnDisk,
  how: 'over' | 'resumed',
): Promise<void> {
  try {
    await unlink(pathOf(folder, callId));
  } catch {
    return;
  }
  const record = recorder(callId);
  const { blame } = policies.cancelled;
  if (attempt) record({ type: 'transferEnded', attempt, outcome: 'cancelled', blame });
  if (how === 'over' && !isEnded) record({ type: 'callEnded', cause: 'jobLost' });
}

const pathOf = (folder: string, callId: string) => join(folder, `${callId}.json`);
