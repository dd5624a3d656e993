/**
 * What a torn line does to what phones hear. On a machine that does too much at once packets are late, and what fills the gap has
 * tones of every kind: for a few frames some phone seems to be there. A phone that is there sends its pilot all the time.
 */
import type { LegRecord, World } from '../checks/world.ts';

/** 200 ms: enough of a pilot, in a row, not to be a torn line. */
export const steadyFrames = 10;

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

function legWithoutTears(leg: LegRecord): LegRecord {
  const brief = runsOf(leg).filter((run) => !isSteady(run));
  if (brief.length === 0) return leg;
  const isBrief = (pilot: number, at: number) =>
    brief.some((run) => run.pilot === pilot && at >= run.from && at < run.from + run.length);
  const frames = leg.frames.map((frame, at) => ({
    ...frame,
    pilots: frame.pilots.filter((pilot) => !isBrief(pilot, at)),
  }));
  return { ...leg, frames };
}

/** Without sentences of which only a moment was heard: no sentence is that short. */
function legWithoutScraps(leg: LegRecord): LegRecord {
  const { frames } = leg;
  const isScrap = (at: number) => {
    const { code } = frames[at]!;
    let [from, to] = [at, at];
    while (frames[from - 1]?.code === code && at - from < steadyFrames) from -= 1;
    while (frames[to + 1]?.code === code && to - from < steadyFrames) to += 1;
    return to - from + 1 < steadyFrames;
  };
  const kept = frames.map(({ code, ...frame }, at) =>
    code === undefined || isScrap(at) ? frame : { ...frame, code },
  );
  return { ...leg, frames: kept };
}

/**
 * The same call, with pilots that were heard for 200 ms or more: whoever is heard too early, before a merge, is heard after it too.
 * What was said to a human is what they heard so much of; of that, the caller must not hear a single frame.
 */
export function withoutTears(world: World): World {
  const { caller, human, earlier } = world;
  const ofHuman = (leg: LegRecord) => legWithoutScraps(legWithoutTears(leg));
  return {
    ...world,
    caller: legWithoutTears(caller),
    ...(human && { human: ofHuman(human) }),
    ...(earlier && { earlier: earlier.map(ofHuman) }),
  };
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
