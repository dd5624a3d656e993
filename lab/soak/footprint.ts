/**
 * Memory and open files of the workers while a soak runs, from /proc: on Linux only. Workers are killed and started again, so
 * each process is watched for as long as it lives, and the one that lived longest is judged.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { nowMs } from '../audio/clock.ts';
import type { Lab } from '../network/lab.ts';
import { workerNames } from '../network/workers.ts';

export type Sample = {
  atMs: number;
  rssMb: number;
  files: number;
  /** How many calls the process has had until then. */
  calls: number;
};
export type Life = { name: string; samples: Sample[] };

const everyMs = 2_000;
/** The first part of a life, in which what is loaded once is loaded. */
const warmUp = 0.2;
/** Fewer say nothing. */
const leastSamples = 5;
/** What a flat line may differ from its beginning to its end: memory is collected when it suits the engine. */
const noise = { rssShare: 0.25, files: 8 };
/** From so many calls on, a little for each of them is told from noise; what is lost with each call adds up. */
const manyCalls = 60;
const ofManyCalls = { rssShare: 0.1, files: 4 };
const perCall = { rssMb: 0.1, files: 0.05 };

export class Footprint {
  readonly #lab: Lab;
  readonly #lives = new Map<number, Life & { callIds: Set<string> }>();
  readonly #timer: NodeJS.Timeout;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @param mustBeMeasured whether a system that has /proc may say nothing. */
  result(mustBeMeasured: boolean): { isFlat: boolean; figure: string } {
    const isMeasurable = process.platform === 'linux';
    return judged([...this.#lives.values()], mustBeMeasured && isMeasurable);
  }

  #look(): void {
    const { processes, mailbox } = this.#lab;
    const calls = mailbox.calls();
    for (const name of workerNames) {
      const pid = processes.pidOf(name);
      if (pid === undefined) continue;
      const life = this.#lives.get(pid) ?? { name, samples: [], callIds: new Set<string>() };
      this.#lives.set(pid, life);
      for (const { callId, parentPid } of calls) if (parentPid === pid) life.callIds.add(callId);
      const sample = sampleOf(pid);
      if (sample) life.samples.push({ ...sample, atMs: nowMs(), calls: life.callIds.size });
    }
  }
}

/** Whether the process that lived longest was at its end as at its beginning, but for noise. */
export function judged(
  lives: readonly Life[],
  mustBeMeasured: boolean,
): { isFlat: boolean; figure: string } {
  const longest = lives.toSorted((a, b) => livedMs(b) - livedMs(a))[0];
  const count = longest?.samples.length ?? 0;
  if (!longest || count < leastSamples) {
    return { isFlat: !mustBeMeasured, figure: `not known from ${count} samples` };
  }
  const { isFlat, figure } = compared(longest.samples);
  const calls = longest.samples.at(-1)!.calls;
  const lived = `a ${longest.name} that lived ${Math.round(livedMs(longest) / 1000)} s and had ${calls} calls`;
  return { isFlat, figure: `${lived}: ${figure}` };
}

const livedMs = ({ samples }: Life) => (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0);

/** The middle of the first quarter after the warm-up, and of the last: a single sample may be anything. */
function compared(samples: readonly Sample[]): { isFlat: boolean; figure: string } {
  const kept = samples.slice(Math.floor(samples.length * warmUp));
  const part = Math.ceil(kept.length / 4);
  const [first, last] = [middleOf(kept.slice(0, part)), middleOf(kept.slice(-part))];
  const isLong = samples.at(-1)!.calls >= manyCalls;
  const allowed = isLong ? ofManyCalls : noise;
  const calls = isLong ? last.calls - first.calls : 0;
  const rssMore = Math.max(first.rssMb * allowed.rssShare, perCall.rssMb * calls);
  const filesMore = Math.max(allowed.files, perCall.files * calls);
  const isFlat = last.rssMb <= first.rssMb + rssMore && last.files <= first.files + filesMore;
  const figure = `${first.rssMb} MB and ${first.files} open files at first, ${last.rssMb} MB and ${last.files} at the end`;
  return { isFlat, figure };
}

function sampleOf(pid: number): { rssMb: number; files: number } | undefined {
  try {
    const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    // A process that has ended and was not buried yet has none.
    if (kb === undefined) return undefined;
    return { rssMb: Math.round(Number(kb) / 1024), files: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}

const middleOf = (samples: readonly Sample[]) => ({
  rssMb: median(samples.map(({ rssMb }) => rssMb)),
  files: median(samples.map(({ files }) => files)),
  calls: median(samples.map(({ calls }) => calls)),
});

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
