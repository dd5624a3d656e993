/** Checks on how everything ended: rooms, legs, jobs. */
import type { Check, LegRecord } from './world.ts';

const roomsGoneLimitMs = 5_000;

/** No room is left, and the last was gone soon after the first hang-up that ended the call. */
export const roomsGone: Check = (world) => {
  const left = world.roomsLeft.length;
  const endedAtMs = hangUpAtMs(world.caller, world.human);
  const tookMs = (world.roomsGoneAtMs ?? Infinity) - endedAtMs;
  const pass = left === 0 && tookMs < roomsGoneLimitMs;
  return {
    check: 'rooms gone',
    pass,
    figure: left > 0 ? `${left} left` : `after ${Math.round(tookMs)} ms`,
  };
};

/** Each phone that was reached ended its leg exactly once. */
export const legsClosed: Check = ({ caller, human }) => {
  const legs = [caller, ...(human ? [human] : [])];
  const pass = legs.every((leg) => leg.endings === 1 && leg.ended !== undefined);
  const inWords = (name: string, leg: LegRecord) =>
    `${name} ${leg.ended ? `${leg.ended.how}${leg.ended.status ? ` ${leg.ended.status}` : ''}` : 'still up'} x${leg.endings}`;
  const figure = [inWords('caller', caller), ...(human ? [inWords('human', human)] : [])].join(
    ', ',
  );
  return { check: 'each leg closed once', pass, figure };
};

/** The job's process is gone. */
export const jobEnded: Check = ({ jobsLeft }) => ({
  check: 'job ended',
  pass: jobsLeft === 0,
  figure: `${jobsLeft} left`,
});

/** When the first phone hung up: the moment from which the call was over. */
export function hangUpAtMs(caller: LegRecord, human: LegRecord | undefined): number {
  const own = [caller.ended, human?.ended].filter(
    (ended) => ended?.by === 'us' && ended.how === 'BYE',
  );
  const times = own.length > 0 ? own : [caller.ended];
  return Math.min(...times.map((ended) => ended?.atMs ?? Infinity));
}
