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
} from '../checks/hearing.ts';
import { nothingUnexpected, oneOutcome, sessionClosed } from '../checks/record.ts';
import type { Check, Expected, World } from '../checks/world.ts';
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

/** Whether a job died after it had asked for the two to be put together: from then on they may hear each other. */
const mayBeMerged = ({ events }: Pick<World, 'events'>) =>
  events.some((e) => e.type === 'phaseChanged' && e.to === 'merging');

function checksOf({ isFaulty, wasAnswered, world }: Played): readonly Check[] {
  if (!isFaulty && wasAnswered) return healthyChecks;
  return [noHoldAudioAtHuman, ...(mayBeMerged(world) ? [] : [consultationPrivate, aiHearsNothing])];
}

export type Played = {
  plan: CallPlan;
  /** Whether something was broken while it lasted. */
  isFaulty: boolean;
  /** An AI has answered it. */
  wasAnswered: boolean;
  world: Omit<World, 'expected'>;
  lastLeg?: LastLeg;
  /** Why its story broke off, or somebody was left on the line. */
  stopped?: string;
  stranded?: string;
};

/** @returns what was wrong, one sentence for each; none when all was well. */
export function faultsOf(played: Played): string[] {
  const { plan, isFaulty, wasAnswered, stopped, stranded, lastLeg } = played;
  const world = { ...played.world, expected: expectedOf(played) };
  const failed = checksOf(played)
    .map((check) => check(world))
    .filter(({ pass }) => !pass);
  const limitMs = isFaulty ? lastLegLimitMs.faulty : lastLegLimitMs.healthy;
  const isLate = lastLeg !== undefined && lastLeg.afterMs > limitMs;
  const isUnplanned = stopped !== undefined && !isFaulty && !plan.early;
  return [
    ...(stranded === undefined ? [] : [stranded]),
    ...(isLate ? [`the ${lastLeg.who} was hung up on ${lastLeg.afterMs} ms after the other`] : []),
    ...(isUnplanned ? [`the story stopped: ${stopped}`] : []),
    ...(!wasAnswered && !isFaulty ? ['nobody answered, although nothing was broken'] : []),
    ...failed.map(({ check, figure }) => `${check}: ${figure}`),
    ...notOnRecord(world.events, wasAnswered),
  ];
}

/** Each transfer has one outcome, and the call, with all AIs that went on with it, an end. */
function notOnRecord(events: World['events'], wasAnswered: boolean): string[] {
  const started = events.filter((e) => e.type === 'transferStarted');
  const outcomes = (attempt: string) =>
    events.filter((e) => e.type === 'transferEnded' && e.attempt === attempt).length;
  const wrong = started.filter(({ attempt }) => outcomes(attempt) !== 1);
  const callIds = [...new Set(events.map(({ callId }) => callId))];
  const resumed = new Set(events.flatMap((e) => (e.type === 'callResumed' ? [e.of] : [])));
  const ends = (callId: string) =>
    events.filter((e) => e.type === 'callEnded' && e.callId === callId).length;
  const open = callIds.filter(
    (callId) => ends(callId) > 1 || (!resumed.has(callId) && !ends(callId)),
  );
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
export function expectedOf({ plan, world: { events } }: Played): Expected {
  const outcome = events.findLast((e) => e.type === 'transferEnded')?.outcome ?? 'none';
  const cause = events.findLast((e) => e.type === 'callEnded')?.cause;
  const natural = naturally[plan.human];
  const is = outcomesOf(plan).includes(outcome) ? outcome : natural;
  const common = plan.early ? ({ cutShort: true } as const) : {};
  if (is === 'connected') {
    const by = cause === 'humanLeft' ? 'humanLeft' : 'callerLeft';
    return { ...common, outcome: is, blame: 'nobody', cause: by };
  }
  const blame = is === 'abandoned' ? 'caller' : is === 'none' ? 'nobody' : 'human';
  return { ...common, outcome: is, blame, cause: 'callerLeft' };
}

function outcomesOf({ human, early }: CallPlan): (OutcomeKind | 'none')[] {
  const natural = naturally[human];
  if (!early) return [natural];
  // A moment that did not come changes nothing; one that came may have come too late.
  return early.who === 'caller' ? [natural, 'abandoned', 'none'] : [natural, 'human_left', 'busy'];
}
