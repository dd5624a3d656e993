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

/** How often a torn line sounded like a phone, for how many frames each time: of somebody in the call, and of anybody else. */
export function tearsIn(worlds: readonly Pick<World, 'caller' | 'human'>[]): {
  own: number[];
  others: number[];
} {
  const brief = worlds.flatMap(({ caller, human }) => {
    const own = new Set([caller.pilot, human?.pilot]);
    const runs = [caller, ...(human ? [human] : [])].flatMap(runsOf);
    return runs
      .filter((run) => !isSteady(run))
      .map((run) => ({ ...run, isOwn: own.has(run.pilot) }));
  });
  const lengths = (isOwn: boolean) =>
    brief.filter((run) => run.isOwn === isOwn).map(({ length }) => length);
  return { own: lengths(true), others: lengths(false) };
}

/** In words, for the report. */
export function tearsInWords(worlds: readonly Pick<World, 'caller' | 'human'>[]): string {
  const { own, others } = tearsIn(worlds);
  const times = (lengths: readonly number[]) =>
    lengths.length === 0
      ? 'never'
      : `${lengths.length} times, for ${Math.max(...lengths)} frames at most`;
  return `Torn lines sounded like a phone of another call ${times(others)}, like one of the same ${times(own)}.`;
}
