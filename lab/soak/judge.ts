/**
 * What must be true of one call of a soak. A call that nothing was broken in is held to its plan; one in which something was
 * broken may have ended in any way, but it has ended, for both, and how is on record.
 */
import type { OutcomeKind } from '../../agent/outcome.ts';
import { legsClosed } from '../checks/ending.ts';
import {
  aiHearsNothing,
  consultationPrivate,
  heardEachOther,
  holdAudioForCaller,
  longestRun,
} from '../checks/hearing.ts';
import { nothingUnexpected, oneOutcome, sessionClosed } from '../checks/record.ts';
import { PILOT_COUNT } from '../audio/tones.ts';
import {
  type Check,
  type Expected,
  type LegRecord,
  type World,
  framesOf,
  phaseAtMs,
} from '../checks/world.ts';
import type { CallPlan, Human } from './plan.ts';
import type { LastLeg } from './story.ts';

/** How long one may be on the line after the other has left: told so and released, or after a fault. */
const lastLegLimitMs = { healthy: 10_000, faulty: 60_000 };

/** Time in which this machine may be slow is not judged here: that a caller heard nothing for a second is for the scenarios. */
const healthyChecks: readonly Check[] = [
  oneOutcome,
  sessionClosed,
  heardEachOther,
  legsClosed,
  nothingUnexpected,
  consultationPrivate,
  holdAudioForCaller,
  aiHearsNothing,
];

const noHoldAudioAtHuman: Check = ({ human }) => {
  const count = human?.frames.filter(({ music }) => music).length ?? 0;
  return { check: 'no hold audio at the human', pass: count === 0, figure: `${count} frames` };
};

/** Enough of a pilot, in a row, not to be a torn line. */
const strangerFrames = 10;
/** Nobody hears the phones of another call. */
const noStrangers: Check = ({ caller, human }) => {
  const own = new Set([caller.pilot, human?.pilot]);
  const others = Array.from({ length: PILOT_COUNT }, (_, i) => i + 1).filter((p) => !own.has(p));
  const heard = others.filter((pilot) =>
    [caller, human].some((leg) => longestRun(leg, pilot) >= strangerFrames),
  );
  return { check: 'no strangers', pass: heard.length === 0, figure: heard.join(', ') || 'none' };
};

const notResumed: Check = ({ events }) => {
  const count = events.filter((e) => e.type === 'callResumed').length;
  return { check: 'no other AI in a call that had one', pass: count === 0, figure: String(count) };
};

/** When a job dies after it has asked for the two to be put together, they hear each other, and nothing says so. */
const privateUntilMerging: Check = (world) => {
  const mergingMs = phaseAtMs(world, 'merging') ?? Infinity;
  const until = (leg: LegRecord) => ({ ...leg, frames: framesOf(leg, 0, mergingMs) });
  const { caller, human } = world;
  return consultationPrivate({
    ...world,
    caller: until(caller),
    ...(human && { human: until(human) }),
  });
};

function checksOf({ isFaulty, wasAnswered }: Played): readonly Check[] {
  if (!isFaulty && wasAnswered) return [...healthyChecks, noStrangers, notResumed];
  return [noHoldAudioAtHuman, privateUntilMerging, noStrangers];
}

export type Played = {
  plan: CallPlan;
  /** Whether something was broken while it lasted. */
  isFaulty: boolean;
  /** An AI has answered it. */
  wasAnswered: boolean;
  /** Whoever was to hang up early was on the phone at that moment, and did. */
  wasEarly: boolean;
  world: Omit<World, 'expected'>;
  lastLeg?: LastLeg;
  /** Why its story broke off, or somebody was left on the line. */
  stopped?: string;
  stranded?: string;
};

/** @returns what was wrong, one sentence for each; none when all was well. */
export function faultsOf(played: Played): string[] {
  const { isFaulty, wasAnswered, wasEarly, stopped, stranded, lastLeg } = played;
  const world = { ...played.world, expected: expectedOf(played) };
  const failed = checksOf(played)
    .map((check) => check(world))
    .filter(({ pass }) => !pass);
  const limitMs = isFaulty ? lastLegLimitMs.faulty : lastLegLimitMs.healthy;
  const isLate = lastLeg !== undefined && lastLeg.afterMs > limitMs;
  const isUnplanned = stopped !== undefined && !isFaulty && !wasEarly;
  return [
    ...(stranded === undefined ? [] : [stranded]),
    ...(isLate ? [`the ${lastLeg.who} was hung up on ${lastLeg.afterMs} ms after the other`] : []),
    ...(isUnplanned ? [`the story stopped: ${stopped}`] : []),
    ...(!wasAnswered && !isFaulty ? ['nobody answered, although nothing was broken'] : []),
    ...failed.map(({ check, figure }) => `${check}: ${figure}`),
    ...notOnRecord(world.events, world.caller.answeredAtMs !== undefined),
  ];
}

/** Those whose end is not on record; one with which another AI went on needs none. */
export function openCalls(events: World['events']): string[] {
  const resumed = events.flatMap((e) => (e.type === 'callResumed' ? [e.of] : []));
  const ended = events.flatMap((e) => (e.type === 'callEnded' ? [e.callId] : []));
  const all = new Set(events.map(({ callId }) => callId));
  return [...all].filter((callId) => !resumed.includes(callId) && !ended.includes(callId));
}

/** Each transfer has one outcome, and the call, with all AIs that went on with it, an end. */
function notOnRecord(events: World['events'], wasAnswered: boolean): string[] {
  const started = events.filter((e) => e.type === 'transferStarted');
  const outcomes = (attempt: string) =>
    events.filter((e) => e.type === 'transferEnded' && e.attempt === attempt).length;
  const wrong = started.filter(({ attempt }) => outcomes(attempt) !== 1);
  const callIds = [...new Set(events.map(({ callId }) => callId))];
  const ends = (callId: string) =>
    events.filter((e) => e.type === 'callEnded' && e.callId === callId).length;
  const open = [...openCalls(events), ...callIds.filter((callId) => ends(callId) > 1)];
  return [
    ...wrong.map(({ attempt }) => `transfer ${attempt} has ${outcomes(attempt)} outcomes`),
    ...open.map((callId) => `call ${callId} has ${ends(callId)} ends`),
    ...(wasAnswered && events.length === 0 ? ['nothing of the call is on record'] : []),
  ];
}

const naturally: Record<Human, OutcomeKind> = {
  'accepts by key': 'connected',
  'accepts by voice': 'connected',
  'declines by key': 'declined',
  'declines by voice': 'declined',
  'is busy': 'busy',
  'does not pick up': 'no_answer',
  'has voicemail': 'voicemail',
};

/** The end that the plan allows and that came to be; what would have been natural when another came to be. */
export function expectedOf({ plan, wasEarly, world: { events } }: Played): Expected {
  const outcome = events.findLast((e) => e.type === 'transferEnded')?.outcome ?? 'none';
  const cause = events.findLast((e) => e.type === 'callEnded')?.cause;
  const natural = naturally[plan.human];
  const is = outcomesOf(plan, wasEarly).includes(outcome) ? outcome : natural;
  const common = wasEarly ? ({ cutShort: true } as const) : {};
  if (is === 'connected') {
    const by = cause === 'humanLeft' ? 'humanLeft' : 'callerLeft';
    return { ...common, outcome: is, blame: 'nobody', cause: by };
  }
  const blame = is === 'abandoned' ? 'caller' : is === 'none' ? 'nobody' : 'human';
  return { ...common, outcome: is, blame, cause: 'callerLeft' };
}

function outcomesOf({ human, early }: CallPlan, wasEarly: boolean): (OutcomeKind | 'none')[] {
  const natural = naturally[human];
  if (!early || !wasEarly) return [natural];
  // Who has gone may have gone too late to change anything.
  if (early.at === 'greeting') return [natural, 'abandoned', 'none'];
  if (early.who === 'caller') return [natural, 'abandoned'];
  // The caller, who sees the story break off, hangs up in the next moment.
  return [natural, 'human_left', 'busy', 'abandoned'];
}
