/**
 * Moments in which a line sounds like a phone. On a machine that does too much at once packets are late, and what fills the gap
 * has tones of every kind: phones are heard that were not in the call, or not yet. A leak does not stop after 200 ms, because phones
 * sound all the time, so the judge goes by what is steady, and how often there was less is told.
 */
import type { LegRecord, World } from '../checks/world.ts';

/** 200 ms: so much of a pilot, in a row, is no torn line. */
const steadyFrames = 10;

type Run = { pilot: number; from: number; length: number };

/** Every pilot in a leg, for as long as it is heard without a gap. */
function runsOf({ frames }: LegRecord): Run[] {
  const open = new Map<number, Run>();
  const runs: Run[] = [];
  for (const [at, { pilots }] of frames.entries()) {
    for (const pilot of open.keys()) if (!pilots.includes(pilot)) open.delete(pilot);
    for (const pilot of pilots) {
      const run = open.get(pilot) ?? { pilot, from: at, length: 0 };
      run.length += 1;
      if (!open.has(pilot)) runs.push(run);
      open.set(pilot, run);
    }
  }
  return runs;
}

const isSteady = ({ length }: Run) => length >= steadyFrames;

/** A call in which phones are heard where they were for so long that it is them. */
export function steadied<Call extends Pick<World, 'caller' | 'human' | 'earlier'>>(
  call: Call,
): Call {
  const { caller, human, earlier } = call;
  return {
    ...call,
    caller: steady(caller),
    ...(human && { human: steady(human) }),
    ...(earlier && { earlier: earlier.map(steady) }),
  };
}

function steady(leg: LegRecord): LegRecord {
  const frames = leg.frames.map((frame) => ({ ...frame, pilots: [] as number[] }));
  for (const { pilot, from, length } of runsOf(leg).filter(isSteady)) {
    for (const frame of frames.slice(from, from + length)) frame.pilots.push(pilot);
  }
  return { ...leg, frames };
}

/**
 * How often a line sounded like a phone for a moment, for how many frames each time: like the other of the same call, before the two
 * were put together, and like anybody else. By chance the first is much rarer, because there are 13 other pilots.
 */
export function tearsIn(world: Omit<World, 'expected'>): { own: number[]; others: number[] } {
  const { caller, human, events } = world;
  const merging = events.find((e) => e.type === 'phaseChanged' && e.to === 'merging');
  const pilots = new Set([caller.pilot, human?.pilot]);
  const brief = [caller, ...(human ? [human] : [])].flatMap((leg) =>
    runsOf(leg)
      .filter((run) => !isSteady(run))
      .map((run) => ({ ...run, atMs: leg.frames[run.from]!.atMs, isOwn: pilots.has(run.pilot) })),
  );
  const own = brief.filter(({ isOwn, atMs }) => isOwn && atMs < (merging?.atMs ?? Infinity));
  const others = brief.filter(({ isOwn }) => !isOwn);
  return { own: own.map(({ length }) => length), others: others.map(({ length }) => length) };
}

/** In words, for the report. */
export function tearsInWords(worlds: readonly Omit<World, 'expected'>[]): string {
  const all = worlds.map(tearsIn);
  const times = (lengths: readonly number[]) =>
    lengths.length === 0 ? 'never' : `${lengths.length} x (${lengths.join(', ')} frames)`;
  const [own, others] = [all.flatMap((one) => one.own), all.flatMap((one) => one.others)];
  return `For a moment a line sounded like a phone of another call ${times(others)}, like the other of the same, before they were connected, ${times(own)}.`;
}
