/** The latencies of one run, in ms, measured at the phones. A figure that the run does not have is absent. */
import { hangUpAtMs } from './ending.ts';
import { firstFrameMs, longestGapOnHold } from './hearing.ts';
import { type World, mergedAtMs, phaseAtMs } from './world.ts';

export type Latencies = {
  decisionToInvite?: number;
  answerToFirstWord?: number;
  headlineComplete?: number;
  acceptanceToBridged?: number;
  hangUpToBye?: number;
  hangUpToRoomsGone?: number;
  hangUpToCancel?: number;
  longestGapOnHold?: number;
};

export function latencies(world: World): Latencies {
  const { caller, human } = world;
  const hangUp = hangUpAtMs(world);
  const other = caller.ended?.by === 'us' ? human : caller;
  const merged = mergedAtMs(world);
  const wasMerged = merged < Infinity;
  const bridged = Math.max(
    firstFrameMs(caller, merged, (f) => human !== undefined && f.pilots.includes(human.pilot)) ??
      Infinity,
    firstFrameMs(human, merged, (f) => f.pilots.includes(caller.pilot)) ?? Infinity,
  );
  const wasHeld = world.events.some((e) => e.type === 'transferStarted');
  const cancelled = human?.ended?.how === 'CANCEL' && world.expected.outcome === 'abandoned';
  return clean({
    decisionToInvite: since(world.decidedAtMs, human?.invitedAtMs),
    answerToFirstWord: since(
      human?.answeredAtMs,
      firstFrameMs(human, human?.answeredAtMs ?? Infinity, (f) => f.code !== undefined),
    ),
    headlineComplete: since(human?.answeredAtMs, phaseAtMs(world, 'offered')),
    acceptanceToBridged: wasMerged ? since(acceptedAtMs(world), bridged) : undefined,
    hangUpToBye: wasMerged ? since(hangUp, other?.ended?.atMs) : undefined,
    hangUpToRoomsGone: since(hangUp, world.roomsGoneAtMs),
    hangUpToCancel: cancelled ? since(caller.ended?.atMs, human?.ended?.atMs) : undefined,
    longestGapOnHold: wasHeld ? longestGapOnHold(world) : undefined,
  });
}

/** When the human's acceptance was over: the key came up again, or the last word ended. A phone is silent while a key is down. */
function acceptedAtMs(world: World): number | undefined {
  const merged = mergedAtMs(world);
  const given = [...(world.human?.pressed ?? []), ...(world.human?.said ?? [])];
  const before = given.filter((act) => act.startedAtMs < merged);
  return before.sort((one, other) => one.endedAtMs - other.endedAtMs).at(-1)?.endedAtMs;
}

const since = (fromMs: number | undefined, toMs: number | undefined) =>
  fromMs === undefined || toMs === undefined || toMs === Infinity
    ? undefined
    : Math.round(toMs - fromMs);

const clean = (all: { [K in keyof Latencies]: number | undefined }): Latencies =>
  Object.fromEntries(Object.entries(all).filter(([, ms]) => ms !== undefined));
