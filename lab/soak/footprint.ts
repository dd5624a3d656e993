/** Memory and open files of a process while a soak runs, from /proc: on Linux only. */
import { readFileSync, readdirSync } from 'node:fs';

type Sample = { rssMb: number; files: number };
const everyMs = 2_000;
/** The first part of a soak, in which what is loaded once is loaded. */
const warmUp = 0.2;
/** What a flat line may differ from its beginning to its end: memory is collected when it suits the engine. */
const rssShare = 0.25;
const filesMore = 8;

export class Footprint {
  readonly #samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      const sample = sampleOf(pid);
      if (sample) this.#samples.push(sample);
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get result(): { isFlat: boolean; figure: string } {
    return compared(this.#samples);
  }
}

/** The figures of the beginning, after the warm-up, and of the end, and whether they are the same but for noise. */
export function compared(samples: readonly Sample[]): { isFlat: boolean; figure: string } {
  const kept = samples.slice(Math.floor(samples.length * warmUp));
  const part = Math.ceil(kept.length / 4);
  if (part === 0) return { isFlat: true, figure: 'not measured on this system' };
  const [first, last] = [middleOf(kept.slice(0, part)), middleOf(kept.slice(-part))];
  const isFlat =
    last.rssMb <= first.rssMb * (1 + rssShare) && last.files <= first.files + filesMore;
  const figure = `${first.rssMb} MB and ${first.files} open files at first, ${last.rssMb} MB and ${last.files} at the end`;
  return { isFlat, figure };
}

function sampleOf(pid: number): Sample | undefined {
  try {
    const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { rssMb: Math.round(Number(kb) / 1024), files: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}

const middleOf = (samples: readonly Sample[]): Sample => ({
  rssMb: median(samples.map(({ rssMb }) => rssMb)),
  files: median(samples.map(({ files }) => files)),
});

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
