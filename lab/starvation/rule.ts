/** When a story counts as starved. Pure; what is measured comes from watch.ts. */

export const groups = ['job', 'worker', 'servers', 'phones'] as const;
export type Group = (typeof groups)[number];

/** How long threads were ready to run and had no processor. */
export type Waited = {
  /** All of them together, and that as a share of the story's time. */
  ms: number;
  share: number;
  /** The one that waited longest: of the story's time, and in the second in which it was most. */
  threadShare: number;
  threadWorstMs: number;
};

/** What was measured beside one story. */
export type Figures = {
  forMs: number;
  waited: Record<Group, Waited>;
  /** How late the phones of this process sent: at most, and in all by how much more than the 20 ms of a packet. */
  packets: { latestMs: number; overMs: number };
  /** How late the loop of this process was at most. */
  loopMs: number;
};

/**
 * A story is starved when one of its figures is above. Between what was measured beside nothing else and beside a loop on one
 * of two cores or on both (docs/decisions/0012-starved.md). What all threads waited together is no sign: beside nothing else it
 * is half the story's time, as threads are woken that have nothing to hurry for.
 */
export const limits = {
  threadShare: 0.25,
  threadWorstMs: 700,
  latestMs: 200,
  overMs: 1_000,
  loopMs: 200,
} as const;

/** @returns which figures are above their limit, in words; none when nothing starved. */
export function starvedBy({ waited, packets, loopMs }: Figures): string[] {
  const above = (what: string, figure: number, limit: number, unit: string) =>
    figure > limit ? [`${what} ${figure} ${unit} (limit ${limit})`] : [];
  return [
    ...groups.flatMap((group) => {
      const { threadShare, threadWorstMs } = waited[group];
      const share = [percent(threadShare), percent(limits.threadShare)] as const;
      return [
        ...above(`a thread of ${group} waited`, ...share, '%'),
        ...above(`a thread of ${group} in a second`, threadWorstMs, limits.threadWorstMs, 'ms'),
      ];
    }),
    ...above('a packet was late by', packets.latestMs, limits.latestMs, 'ms'),
    ...above('packets were late in all by', packets.overMs, limits.overMs, 'ms'),
    ...above('the loop of the phones was late by', loopMs, limits.loopMs, 'ms'),
  ];
}

/** @param figures undefined where the system does not tell: a breach is then one. */
export const isStarved = (figures: Figures | undefined): boolean =>
  figures !== undefined && starvedBy(figures).length > 0;

/** One line, for a person. */
export function inWords(figures: Figures | undefined): string {
  if (!figures) return 'This system does not tell what waited for a processor.';
  const { waited, packets, loopMs, forMs } = figures;
  const each = groups.map((group) => {
    const { ms, share, threadShare, threadWorstMs } = waited[group];
    return `${group} ${ms} ms (${percent(share)} %; one thread ${percent(threadShare)} %, ${threadWorstMs} ms in a second)`;
  });
  const by = starvedBy(figures);
  return [
    `Waited for a processor in ${(forMs / 1_000).toFixed(1)} s: ${each.join(', ')}`,
    `packets late by ${packets.latestMs} ms at most, ${packets.overMs} in all; loop by ${loopMs} ms`,
    by.length > 0 ? `starved, because ${by.join(', ')}` : 'not starved',
  ].join('; ');
}

const percent = (share: number) => Math.round(1_000 * share) / 10;
