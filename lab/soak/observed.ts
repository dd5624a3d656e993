/** What was observed of one call of a soak, in the form in which checks see a call. */
import type { World } from '../checks/world.ts';
import type { Lab } from '../network/lab.ts';
import type { PhoneCall } from '../phone/phone-call.ts';
import { legRecord } from '../scenarios/run.ts';
import type { Stage } from '../scenarios/stage.ts';
import type { Lane } from './lanes.ts';
import type { RoomWatch } from './room-watch.ts';

/** All that is not watched for each call is empty. */
const notWatched = {
  messages: { requests: [], waiting: [] },
  roomsLeft: [],
  jobsLeft: 0,
  workerLines: [],
  phoneNumbers: [],
};

export function worldOf(options: {
  lab: Lab;
  lane: Lane;
  stage: Stage | undefined;
  caller: PhoneCall | undefined;
  /** All calls to the human, in order: each is judged. */
  humanCalls: readonly PhoneCall[];
  callIds: ReadonlySet<string>;
  rooms: RoomWatch;
  fromMs: number;
  toMs: number;
}): Omit<World, 'expected'> {
  const { lab, lane, stage, caller, humanCalls, callIds, rooms, fromMs, toMs } = options;
  const said = (who: 'caller' | 'human') => ({
    said: stage?.said[who] ?? [],
    pressed: stage?.pressed[who] ?? [],
  });
  const human = humanCalls.at(-1);
  const decided = lab.standIns.requests.find(
    ({ reply, finishedAtMs }) =>
      reply?.call?.arguments['destination'] === lane.desk && (finishedAtMs ?? 0) > fromMs,
  );
  const roomsGoneAtMs = rooms.goneAtMs(callIds);
  return {
    ...notWatched,
    words: lab.words,
    caller: legRecord(lane.caller, caller, said('caller')),
    earlier: humanCalls
      .slice(0, -1)
      .map((call) => legRecord(lane.human, call, { said: [], pressed: [] })),
    ...(human && { human: legRecord(lane.human, human, said('human')) }),
    events: stage?.events ?? [],
    spoken: lab.standIns.spoken.filter(({ atMs }) => atMs > fromMs && atMs < toMs),
    heardByAi: lab.standIns.heard.filter(({ atMs }) => atMs > fromMs && atMs < toMs),
    ...(decided?.finishedAtMs !== undefined && { decidedAtMs: decided.finishedAtMs }),
    ...(roomsGoneAtMs !== undefined && { roomsGoneAtMs }),
  };
}
