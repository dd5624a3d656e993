/** Checks on how everything ended: rooms, legs, jobs. */
import type { Check, LegRecord, World } from './world.ts';

const roomsGoneLimitMs = 5_000;
/** The same for what a guardian has to find. */
const foundLimitMs = 10_000;

/** No room is left, and the last was gone soon after the first hang-up that ended the call. */
export const roomsGone: Check = (world) => {
  const left = world.roomsLeft.length;
  const endedAtMs = hangUpAtMs(world);
  const tookMs = (world.roomsGoneAtMs ?? Infinity) - endedAtMs;
  const limitMs = world.expected.isFound ? foundLimitMs : roomsGoneLimitMs;
  const pass = left === 0 && tookMs < limitMs;
  return {
    check: 'rooms gone',
    pass,
    figure: left > 0 ? `${left} left` : `after ${Math.round(tookMs)} ms`,
    ofTime: true,
  };
};

/** Each phone that was reached ended its leg exactly once. */
export const legsClosed: Check = ({ caller, human, earlier = [] }) => {
  const legs = [caller, ...(human ? [human] : []), ...earlier];
  const pass = legs.every((leg) => leg.endings === 1 && leg.ended !== undefined);
  const inWords = (name: string, leg: LegRecord) =>
    `${name} ${leg.ended ? `${leg.ended.how}${leg.ended.status ? ` ${leg.ended.status}` : ''}` : 'still up'} x${leg.endings}`;
  const names = ['caller', ...(human ? ['human'] : []), ...earlier.map(() => 'earlier human')];
  const figure = legs.map((leg, i) => inWords(names[i]!, leg)).join(', ');
  const ofTime = legs.every((leg) => leg.endings <= 1);
  return { check: 'each leg closed once', pass, figure, ofTime };
};

/** The job's process is gone. */
export const jobEnded: Check = ({ jobsLeft }) => ({
  check: 'job ended',
  pass: jobsLeft === 0,
  figure: `${jobsLeft} left`,
  ofTime: true,
});

/** When the call was over: with the first hang-up of the two who were connected, otherwise when the caller left. */
export function hangUpAtMs({ caller, human, expected, events }: World): number {
  const legs = expected.outcome === 'connected' ? [caller, human] : [caller];
  const own = legs.filter((leg) => leg?.ended?.by === 'us' && leg.ended.how === 'BYE');
  // Nobody can know of a dead phone before livekit-sip has missed its packets for long enough.
  if (own.length === 0 && caller.ended?.how === 'vanished') {
    const noticed = events.find((e) => e.type === 'phaseChanged' && e.to === 'ended');
    return noticed?.atMs ?? Infinity;
  }
  const times = (own.length > 0 ? own : [caller]).map((leg) => leg?.ended?.atMs ?? Infinity);
  return Math.min(...times);
}
