/**
 * How many phones may be rung: a limit for each hour that all jobs of a machine share. It is there for the day on which
 * somebody, or a fault, makes the line dial without end; the limit for each call is kept by transfer/search.ts.
 */
import { log } from '@livekit/agents';
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const hourMs = 3_600_000;
/** The file is written anew when it holds more dials than this that do not count any more. */
const oldDials = 1_000;

export class DialBudget {
  readonly #file: string;
  readonly #perHour: number;

  /** @param options.file is shared by all who count together: one line for each dial, with its time (ms since 1970). */
  constructor(options: { file: string; perHour: number }) {
    this.#file = options.file;
    this.#perHour = options.perHour;
  }

  /**
   * @returns whether one more phone may be rung now, and counts it if so. Two who ask in the same moment may both be told yes.
   * A disk that cannot be written keeps nobody from a human: it is logged, and the dial is allowed.
   */
  take(nowMs = Date.now()): boolean {
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      const all = this.#read();
      const recent = all.filter((atMs) => atMs > nowMs - hourMs);
      if (recent.length >= this.#perHour) return false;
      if (all.length - recent.length > oldDials) this.#rewrite(recent);
      appendFileSync(this.#file, `${nowMs}\n`);
    } catch (error) {
      log().error({ error }, 'dials cannot be counted: check that DATA_DIR can be written');
    }
    return true;
  }

  #read(): number[] {
    try {
      return readFileSync(this.#file, 'utf8').split('\n').filter(Boolean).map(Number);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  #rewrite(dials: readonly number[]): void {
    const beside = `${this.#file}.${process.pid}`;
    writeFileSync(beside, dials.map((atMs) => `${atMs}\n`).join(''));
    renameSync(beside, this.#file);
  }
}
