/** The check on speech that was paused and went on. */
import { type Check, type World, framesOf } from './world.ts';

type Frames = ReturnType<typeof framesOf>;

const frameMs = 20;
const lossLimitMs = 200;
/** Speech fades in and out; its code cannot be read there. */
const edgesMs = 60;
/** The AI waits for two seconds whether a noise becomes a word; between two sentences it is silent for much less. */
const pauseMs = 1_000;

/**
 * Sentences in which the AI paused, because of a noise that was no interruption, went on where they had stopped: the
 * caller heard all of each but 200 ms, nothing twice, and nothing of it after a later one had begun.
 */
export const heardWhole: Check = (world) => {
  const { whole = [], pauses = false } = world.expected;
  const results = whole.map((sentence) => heardOf(world, sentence));
  const pausedMs = longestPauseMs(world, whole);
  const figures = [
    ...results.map(({ figure }) => figure),
    ...(pauses ? [`paused for ${pausedMs} ms`] : []),
  ];
  return {
    check: 'paused speech heard whole',
    pass: results.every((result) => result.pass) && (!pauses || pausedMs >= pauseMs),
    figure: figures.join('; ') || 'nothing to pause',
    ofTime: true,
  };
};

/** From a frame of these sentences to the next. */
function longestPauseMs({ caller, spoken }: World, whole: readonly string[]): number {
  const codes = new Set(spoken.flatMap((one) => (whole.includes(one.sentence) ? [one.code] : [])));
  const atMs = framesOf(caller, 0, Infinity).flatMap((frame) =>
    codes.has(frame.code ?? -1) ? [frame.atMs] : [],
  );
  return Math.round(Math.max(0, ...atMs.slice(1).map((ms, i) => ms - atMs[i]!)));
}

function heardOf({ caller, spoken }: World, sentence: string): { pass: boolean; figure: string } {
  const at = spoken.findIndex((one) => one.sentence === sentence);
  const said = spoken[at];
  if (!said) return { pass: false, figure: `“${sentence}” was never spoken` };
  const frames = framesOf(caller, 0, Infinity);
  const own = frames.filter(({ code }) => code === said.code);
  const others = new Set(spoken.slice(at + 1).map(({ code }) => code));
  others.delete(said.code);
  const nextMs = frames.find(
    ({ atMs, code }, at) => atMs > said.atMs && others.has(code ?? -1) && begins(frames, at),
  )?.atMs;
  const late = own.filter(({ atMs }) => nextMs !== undefined && atMs > nextMs).length * frameMs;
  const missingMs = Math.round(said.durationMs - own.length * frameMs);
  const lostMs = missingMs - Math.min(tornMs(frames, own), Math.max(0, missingMs));
  return {
    pass: lostMs <= lossLimitMs + edgesMs && lostMs >= -edgesMs && late === 0,
    figure: `“${sentence}” lost ${lostMs} ms of ${Math.round(said.durationMs)}, ${late} ms too late`,
  };
}

/** Most of 300 ms from here on is one sentence: where a line is torn, less can look like any. */
function begins(frames: Frames, at: number): boolean {
  const { code } = frames[at]!;
  return frames.slice(at, at + 15).filter((frame) => frame.code === code).length >= 10;
}

/** How much of a sentence sounded, but as torn as a busy machine can make it. The application loses nothing so. */
function tornMs(frames: Frames, own: Frames): number {
  const [first, last] = [own[0]?.atMs ?? Infinity, own.at(-1)?.atMs ?? 0];
  const torn = frames.filter((frame) => frame.torn && frame.atMs > first && frame.atMs < last);
  return torn.length * frameMs;
}
