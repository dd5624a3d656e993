/** The figures of a soak, as the phones measured them, beside what is aimed at (design: "Numbers to reach"). */
import type { Latencies } from '../checks/latencies.ts';
import { type Played, connectedAtMs } from './judge.ts';

type Figure = { what: string; aimMs: number; valuesMs: number[] };

/** What is measured of a call with nothing broken in it. */
const healthy: readonly {
  what: string;
  aimMs: number;
  of: (call: Measured) => number | undefined;
}[] = [
  {
    what: 'acceptance by key -> both hear each other',
    aimMs: 150,
    of: ({ latencies, by }) => (by === 'key' ? latencies.acceptanceToBridged : undefined),
  },
  {
    what: 'acceptance by voice -> both hear each other',
    aimMs: 900,
    of: ({ latencies, by }) => (by === 'voice' ? latencies.acceptanceToBridged : undefined),
  },
  { what: 'decision -> INVITE', aimMs: 500, of: ({ latencies }) => latencies.decisionToInvite },
  {
    what: 'hang-up after the merge -> BYE',
    aimMs: 150,
    of: ({ latencies }) => latencies.hangUpToBye,
  },
  {
    what: 'hang-up -> rooms gone',
    aimMs: 1_000,
    of: ({ latencies, by }) => by && latencies.hangUpToRoomsGone,
  },
  {
    what: 'caller hangs up -> CANCEL',
    aimMs: 300,
    of: ({ latencies }) => latencies.hangUpToCancel,
  },
  {
    what: 'caller hangs up -> briefed human released',
    aimMs: 5_000,
    of: ({ played: { world } }) => {
      const { human, caller } = world;
      if (human?.answeredAtMs === undefined || human.ended?.by !== 'them') return undefined;
      const wasAbandoned = world.events.some(
        (e) => e.type === 'transferEnded' && e.outcome === 'abandoned',
      );
      return wasAbandoned && caller.ended ? human.ended.atMs - caller.ended.atMs : undefined;
    },
  },
  {
    what: 'human answers -> first word',
    aimMs: 500,
    of: ({ latencies }) => latencies.answerToFirstWord,
  },
  {
    what: 'human answers -> headline complete',
    aimMs: 10_000,
    of: ({ latencies }) => latencies.headlineComplete,
  },
  {
    what: 'longest silence on hold',
    aimMs: 500,
    of: ({ latencies }) => latencies.longestGapOnHold,
  },
];

export type Measured = {
  played: Played;
  latencies: Latencies;
  /** How the human accepted, when the two were connected. */
  by: 'key' | 'voice' | undefined;
  /** When a caller who had lost the AI heard that it was back. */
  backAtMs?: number;
};

export function figuresOf(calls: readonly Measured[]): Figure[] {
  const undisturbed = calls.filter(({ played }) => played.broken.length === 0);
  const killed = calls.flatMap((call) => {
    const { loss, world } = call.played;
    if (!loss) return [];
    return { ...call, lostAtMs: loss.atMs, connectedAtMs: connectedAtMs(world) ?? Infinity };
  });
  const whileTwoTalked = killed.filter((call) => call.connectedAtMs <= call.lostAtMs);
  return [
    ...healthy.map(({ what, aimMs, of }) => ({ what, aimMs, valuesMs: all(undisturbed.map(of)) })),
    {
      what: 'AI lost while two talk; a hang-up -> the other leg ended',
      aimMs: 10_000,
      valuesMs: all(whileTwoTalked.map(({ played }) => played.lastLeg?.afterMs)),
    },
    {
      what: 'AI lost before the merge -> another speaks',
      aimMs: 10_000,
      valuesMs: all(killed.map(({ backAtMs, lostAtMs }) => backAtMs && backAtMs - lostAtMs)),
    },
  ];
}

/** One line for each figure: how many, the middle, the 95th of 100, the highest, the aim. */
export function table(figures: readonly Figure[]): string[] {
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(58) : String(cell).padStart(8))).join('');
  const rows = figures.map(({ what, aimMs, valuesMs }) => {
    const sorted = valuesMs.map(Math.round).toSorted((a, b) => a - b);
    if (sorted.length === 0) return line([what, 0, '-', '-', '-', aimMs]);
    return line([
      what,
      sorted.length,
      quantile(sorted, 0.5),
      quantile(sorted, 0.95),
      sorted.at(-1)!,
      aimMs,
    ]);
  });
  return [line(['ms', 'n', 'p50', 'p95', 'max', 'aim']), ...rows];
}

/** The nearest rank. */
const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;

const all = (values: readonly (number | undefined)[]) =>
  values.filter((value): value is number => value !== undefined);
