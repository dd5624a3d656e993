/**
 * Messages that callers left, one file each, from before the caller is told "I have it" until somebody has acknowledged
 * them. A call writes, the worker's parent process delivers; several workers may share a folder. What is delivered is
 * removed, because names, numbers and words of callers should not pile up on a disk.
 *
 * The name of a file is its state: `ID.writing`, then `ID.json`, and `ID.UNTIL.claimed` while one worker is sending it.
 * Going from one to the next is a rename, which only one process can win. A claim ends at UNTIL (ms since 1970), so that of
 * a worker that died holds nobody up for long.
 */
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { log } from '@livekit/agents';
import { z } from 'zod';
import { limits } from '../limits.ts';

const Message = z.object({
  id: z.uuid(),
  /** When it was written down, as in RFC 3339. */
  at: z.iso.datetime(),
  callId: z.string(),
  /** The department it is for, by its key in the directory. */
  destination: z.string(),
  name: z.string(),
  /** Digits, with a plus before them when the caller gave a country code. */
  callBack: z.string(),
  text: z.string(),
});
export type Message = z.infer<typeof Message>;

/** A message that may be sent now, if `claim` says so. */
export type Waiting = { readonly id: string; readonly file: string };
/** A message that is ours to send until the claim runs out, `limits.claimMs` from when it was made. */
export type Claim = { readonly message: Message; readonly file: string };

const fileName = /^([0-9a-f-]{36})\.(?:json|(\d+)\.claimed)$/;

export class Spool {
  readonly folder: string;
  /** Files that are none of ours or cannot be read; each is told once and left as it is. */
  readonly #unusable = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Keeps a message; when this resolves, it survives a crash and a power cut.
   * @throws Error when it could not be kept, for instance because the disk is full.
   */
  async put(message: Message): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const unfinished = this.#path(`${message.id}.writing`);
    try {
      await writeFile(unfinished, JSON.stringify(message), { mode: 0o600, flush: true });
      await rename(unfinished, this.#path(`${message.id}.json`));
      await this.#syncFolder();
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** Messages that nobody is sending, in no order. @throws Error when the folder cannot be read. */
  async waiting(): Promise<Waiting[]> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const files = await readdir(this.folder);
    return files.flatMap((file) => {
      if (file.endsWith('.writing')) return [];
      const [, id, until] = fileName.exec(file) ?? [];
      if (id === undefined) this.#leaveAlone(file, 'is no message');
      const isFree = until === undefined || Number(until) < Date.now();
      return id !== undefined && isFree && !this.#unusable.has(file) ? [{ id, file }] : [];
    });
  }

  /** @returns undefined when another worker was quicker, or when the file holds no message. */
  async claim({ id, file }: Waiting): Promise<Claim | undefined> {
    const text = await unlessGone(readFile(this.#path(file), 'utf8'));
    if (text === undefined) return undefined;
    const message = parse(text);
    if (message?.id !== id) return this.#leaveAlone(file, 'is damaged');
    const claimed = `${id}.${Date.now() + limits.claimMs}.claimed`;
    const isOurs = await unlessGone(this.#rename(file, claimed));
    return isOurs ? { message, file: claimed } : undefined;
  }

  /** Lets a message be claimed again. One whose claim has run out may be somebody else's by now. */
  async release({ message, file }: Claim): Promise<void> {
    await unlessGone(this.#rename(file, `${message.id}.json`));
  }

  /** Forgets a message that was delivered. @throws Error when the file could not be removed. */
  async remove({ file }: Claim): Promise<void> {
    await rm(this.#path(file), { force: true });
    await this.#syncFolder();
  }

  #leaveAlone(file: string, why: string): undefined {
    if (this.#unusable.has(file)) return;
    this.#unusable.add(file);
    log().error(
      { file, folder: this.folder },
      `a file in the folder of messages ${why}: look at it`,
    );
  }

  async #rename(from: string, to: string): Promise<true> {
    await rename(this.#path(from), this.#path(to));
    return true;
  }

  /** A file's name is part of its folder, and is on the disk only when the folder is. */
  async #syncFolder(): Promise<void> {
    const folder = await open(this.folder, 'r');
    await folder.sync().finally(() => folder.close());
  }

  #path(file: string): string {
    return join(this.folder, file);
  }
}

function parse(text: string): Message | undefined {
  try {
    return Message.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** @returns undefined when the file is not there any more. */
async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
