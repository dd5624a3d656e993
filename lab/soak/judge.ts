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
import { PILOT_COUNT } from '../audio/tones.ts';
import {
  type Check,
  type Expected,
  type LegRecord,
  type World,
  framesOf,
} from '../checks/world.ts';
import type { Loss } from './faults.ts';
import { helpLimitMs } from './help.ts';
import type { CallPlan, FaultKind, Human } from './plan.ts';
import { isMissing, notOnRecord } from './record-kept.ts';
import type { LastLeg } from './story.ts';
import { steadied } from './tears.ts';

/** How long one may be on the line after the other has left. */
const lastLegLimitMs = {
  /** Two who talked: a guardian needs 4 s at least, so it is the job that did it. */
  merged: 3_000,
  /** Told so and released. */
  healthy: 10_000,
  /** The guardian did it. */
  killed: 10_000,
  /** After any other fault. */
  broken: 60_000,
};

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

/** Everybody who was rung in the call. */
const humansOf = ({ human, earlier = [] }: World): readonly LegRecord[] =>
  human ? [...earlier, human] : earlier;

const noHoldAudioAtHuman: Check = (world) => {
  const count = humansOf(world).flatMap(({ frames }) => frames.filter(({ music }) => music)).length;
  return { check: 'no hold audio at the human', pass: count === 0, figure: `${count} frames` };
};

/** Nobody hears the phones of another call. */
const noStrangers: Check = (world) => {
  const legs = [world.caller, ...humansOf(world)];
  const own = new Set(legs.map(({ pilot }) => pilot));
  const others = Array.from({ length: PILOT_COUNT }, (_, i) => i + 1).filter((p) => !own.has(p));
  const heard = others.filter((pilot) =>
    legs.some(({ frames }) => frames.some(({ pilots }) => pilots.includes(pilot))),
  );
  return { check: 'no strangers', pass: heard.length === 0, figure: heard.join(', ') || 'none' };
};

const notResumed: Check = ({ events }) => {
  const count = events.filter((e) => e.type === 'callResumed').length;
  return { check: 'no other AI in a call that had one', pass: count === 0, figure: String(count) };
};

/**
 * When a job dies after it has asked for the two to be put together, they hear each other, and nothing says so. Each human has
 * a merge of their own, if any; a caller who has had one may hear the same human again.
 */
const privateUntilMerging: Check = (world) => {
  const { caller, human, earlier = [], events } = world;
  const until = (leg: LegRecord, sinceMs: number) => {
    const merging = events.find(
      (e) => e.type === 'phaseChanged' && e.to === 'merging' && e.atMs >= sinceMs,
    );
    return { ...leg, frames: framesOf(leg, 0, merging?.atMs ?? Infinity) };
  };
  const ofHuman = (leg: LegRecord) => until(leg, leg.invitedAtMs ?? 0);
  return consultationPrivate({
    ...world,
    caller: until(caller, 0),
    earlier: earlier.map(ofHuman),
    ...(human && { human: ofHuman(human) }),
    // What is left of each leg is before its merge.
    expected: { ...world.expected, outcome: 'none' },
    events: events.filter(({ type }) => type !== 'phaseChanged'),
  });
};

const legsClosedAtMostOnce: Check = (world) => {
  const counts = [world.caller, ...humansOf(world)].map(({ endings }) => endings);
  const pass = counts.every((count) => count <= 1);
  return { check: 'each leg closed at most once', pass, figure: counts.join(', ') };
};

/** Each AI that the call had has its own. */
const sessionsClosedAtMostOnce: Check = ({ events }) => {
  const closed = events.filter((e) => e.type === 'sessionClosed').map(({ callId }) => callId);
  const pass = new Set(closed).size === closed.length;
  return { check: 'session closed at most once', pass, figure: closed.join(', ') || 'never' };
};

const faultyChecks: readonly Check[] = [
  noHoldAudioAtHuman,
  privateUntilMerging,
  noStrangers,
  nothingUnexpected,
  legsClosedAtMostOnce,
  sessionsClosedAtMostOnce,
];

function checksOf({ broken, wasAnswered }: Played): readonly Check[] {
  if (broken.length === 0 && wasAnswered) return [...healthyChecks, noStrangers, notResumed];
  return faultyChecks;
}

/**
 * livekit-sip 1.8.0 does not confirm an answer that crosses its CANCEL, nor end it: the phone gives up after 32 s, as RFC 3261
 * says in section 13.3.1.4. Mended after that version (livekit/sip pull request 756).
 */
export const unconfirmed = 'an answer that crossed our CANCEL';
export type Broken = FaultKind | typeof unconfirmed;

export type Played = {
  plan: CallPlan;
  /** What was broken while it lasted. */
  broken: readonly Broken[];
  /** When it lost its AI by a kill, and when the caller was helped, if ever. */
  loss?: Loss & { helpedAtMs?: number };
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

/** One sentence, and whether a machine that is too slow can be the cause. */
export type Wrong = { what: string; ofTime: boolean };

/** @returns what was wrong, one sentence for each; none when all was well. */
export const faultsOf = (played: Played): string[] => wrongIn(played).map(({ what }) => what);

export function wrongIn(played: Played): Wrong[] {
  const { broken, wasAnswered, wasEarly, stopped, stranded, lastLeg } = played;
  const isFaulty = broken.length > 0;
  const world = { ...steadied(played.world), expected: expectedOf(played) };
  const failed = checksOf(played)
    .map((check) => check(world))
    .filter(({ pass }) => !pass)
    .map(({ check, figure, ofTime = false }) => ({ what: `${check}: ${figure}`, ofTime }));
  const isLate = lastLeg !== undefined && lastLeg.afterMs > limitMsOf(played);
  const isUnplanned = stopped !== undefined && !isFaulty && !wasEarly;
  const isNowhere = world.caller.answeredAtMs !== undefined && world.events.length === 0;
  const late = [
    ...(stranded === undefined ? [] : [stranded]),
    ...(isLate ? [`the ${lastLeg.who} was hung up on ${lastLeg.afterMs} ms after the other`] : []),
    ...(isUnplanned ? [`the story stopped: ${stopped}`] : []),
    ...(!wasAnswered && !isFaulty ? ['nobody answered, although nothing was broken'] : []),
    ...(wasHelped(played) === false ? [`the caller was not helped: ${helpInWords(played)}`] : []),
  ];
  return [
    ...late.map((what) => ({ what, ofTime: true })),
    ...failed,
    ...notOnRecord(world.events).map((what) => ({ what, ofTime: isMissing(what) })),
    ...(isNowhere ? [{ what: 'nothing of the call is on record', ofTime: false }] : []),
  ];
}

/** When the two were put together, as far as is on record. */
export const connectedAtMs = ({ events }: Pick<World, 'events'>): number | undefined =>
  events.find((e) => e.type === 'phaseChanged' && e.to === 'connected')?.atMs;

const isKill = (kind: Broken) => kind === 'job killed' || kind === 'worker killed';

function limitMsOf({ broken, world }: Played): number {
  if (broken.length === 0) {
    return connectedAtMs(world) === undefined ? lastLegLimitMs.healthy : lastLegLimitMs.merged;
  }
  return broken.every(isKill) ? lastLegLimitMs.killed : lastLegLimitMs.broken;
}

/**
 * Whether a caller whose AI was killed had another in time, or the human, or was hung up on. Undefined where nothing is
 * promised: after the merge, when something else was broken too, or when the caller did not wait.
 */
export function wasHelped({ broken, loss, world }: Played): boolean | undefined {
  const { ended } = world.caller;
  if (!loss?.isAlone || !broken.every(isKill)) return undefined;
  if ((connectedAtMs(world) ?? Infinity) <= loss.atMs) return undefined;
  if (ended && ended.atMs <= loss.atMs) return undefined;
  const untilMs = loss.atMs + helpLimitMs;
  if ((loss.helpedAtMs ?? Infinity) <= untilMs) return true;
  if (!ended || ended.atMs > untilMs) return false;
  return ended.by === 'them' ? true : undefined;
}

function helpInWords({ loss, world }: Played): string {
  const after = (atMs: number) => `${Math.round(atMs - loss!.atMs)} ms after the ${loss!.by}`;
  const { ended } = world.caller;
  const help = loss!.helpedAtMs === undefined ? 'no help came' : `help ${after(loss!.helpedAtMs)}`;
  return ended ? `${help}, its end by ${ended.by} ${after(ended.atMs)}` : help;
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
  // Whether machines are told from humans is for the scenarios; here their greeting may be torn.
  if (!early || !wasEarly) return human === 'has voicemail' ? [natural, 'expired'] : [natural];
  // Who has gone may have gone too late to change anything.
  if (early.at === 'greeting') return [natural, 'abandoned', 'none'];
  if (early.who === 'caller') return [natural, 'abandoned'];
  // The caller, who sees the story break off, hangs up in the next moment.
  return [natural, 'human_left', 'busy', 'abandoned'];
}
