/**
 * Both ends of a message that a caller leaves: the folder in which the application keeps it, and the receiver to which it
 * delivers it. One for each lab.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { WebhookStandIn } from '../standins/webhook.ts';

export type Call = { callId: string; room: string; pid: number; parentPid: number };

export class Mailbox {
  readonly webhook: WebhookStandIn;
  readonly #dataDir: string;
  readonly #folder: string;

  private constructor(webhook: WebhookStandIn, dataDir: string) {
    this.webhook = webhook;
    this.#dataDir = dataDir;
    this.#folder = join(dataDir, 'messages');
  }

  static async open(dataDir: string): Promise<Mailbox> {
    return new Mailbox(await WebhookStandIn.open(), dataDir);
  }

  /** What the application needs in its environment. */
  get env(): Record<string, string> {
    const { url, secret } = this.webhook;
    return {
      MESSAGE_WEBHOOK_URL: url,
      MESSAGE_WEBHOOK_SECRET: secret,
      DATA_DIR: this.#dataDir,
    };
  }

  /** The files of messages that are not delivered yet. */
  get waiting(): string[] {
    return existsSync(this.#folder) ? readdirSync(this.#folder) : [];
  }

  /** What the application keeps on the disk of its calls. */
  calls(): Call[] {
    const folder = join(this.#dataDir, 'calls');
    const files = existsSync(folder) ? readdirSync(folder) : [];
    return files.flatMap((file) => {
      if (!file.endsWith('.json')) return [];
      try {
        return [JSON.parse(readFileSync(join(folder, file), 'utf8')) as Call];
      } catch (error) {
        // It went with its call while the folder was read.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    });
  }

  /** The folder cannot take anything while `during` runs, as if the disk were full: a file is in its place. */
  async full(during: () => Promise<void>): Promise<void> {
    const aside = `${this.#folder}-aside`;
    mkdirSync(this.#folder, { recursive: true });
    renameSync(this.#folder, aside);
    writeFileSync(this.#folder, '');
    await during().finally(() => {
      rmSync(this.#folder);
      renameSync(aside, this.#folder);
    });
  }
}
