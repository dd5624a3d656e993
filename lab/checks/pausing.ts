/** The check on speech that was paused and went on. */
import { type Check, type World, framesOf } from './world.ts';

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
  // A torn frame can look like any sentence; three in a row do not.
  const isNext = (at: number) => others.has(frames[at]?.code ?? -1);
  const nextMs = frames.find(
    ({ atMs }, at) => atMs > said.atMs && isNext(at) && isNext(at + 1) && isNext(at + 2),
  )?.atMs;
  const late = own.filter(({ atMs }) => nextMs !== undefined && atMs > nextMs).length * frameMs;
  const lostMs = Math.round(said.durationMs - own.length * frameMs);
  return {
    pass: lostMs <= lossLimitMs + edgesMs && lostMs >= -edgesMs && late === 0,
    figure: `“${sentence}” lost ${lostMs} ms of ${Math.round(said.durationMs)}, ${late} ms too late`,
  };
}
