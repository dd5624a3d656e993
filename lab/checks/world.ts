/**
 * What was observed in one run of a scenario, by the phones, the servers and the application's own record. Scenarios
 * fill it, checks judge it; a check sees nothing else. All times are ms of one clock (lab/audio/clock.ts).
 */
import type { RecordedEvent } from '../network/lab.ts';
import type { Heard } from '../audio/frames.ts';
import type { Blame, OutcomeKind } from '../../agent/outcome.ts';
import type { EndCause } from '../../agent/call-events.ts';
import type { Words } from '../../agent/words.ts';
import type { DeliveredMessage } from '../standins/webhook.ts';

/** One phone's view of its leg. */
export type LegRecord = {
  pilot: number;
  /** What arrived, one entry for each 20 ms, edges of speech smoothed. */
  frames: readonly (Heard & { atMs: number })[];
  said: readonly { sentence: string; startedAtMs: number; endedAtMs: number }[];
  pressed: readonly { digit: string; startedAtMs: number; endedAtMs: number }[];
  invitedAtMs?: number;
  ringingAtMs?: number;
  answeredAtMs?: number;
  ended?: { atMs: number; by: 'us' | 'them'; how: string; status?: number };
  /** How many times the leg was brought to its end: BYE, CANCEL, or a final refusal. */
  endings: number;
};

/** What a scenario promises about its end. */
export type Expected = {
  /** Attempts that came to nothing before the last one, in order; none when left out. */
  before?: readonly { outcome: OutcomeKind; sipStatus?: number }[];
  /** `none` when there is to be no transfer at all; nobody is rung, and `blame` says nothing. */
  outcome: OutcomeKind | 'none';
  blame: Blame;
  cause: EndCause;
  by?: 'voice' | 'key';
  /** The final answer to the INVITE that the application puts on record with the outcome. */
  sipStatus?: number;
  /** The caller's own provider took the call over, so that no human is seen by us. */
  referred?: true;
  /** One of the two hangs up in the same moment as the merge, so that they need not have heard each other. */
  cutShort?: true;
  /** What the receiver of messages has in the end, in order; nothing when left out. */
  messages?: readonly Record<string, string>[];
  /** The job has died, so a guardian has to find what is left of the call. */
  isFound?: true;
  /** A text that the caller hears when they are back with the AI. */
  told?: string;
  /** Sentences that the caller hears whole, although something made the AI pause in them. */
  whole?: readonly string[];
  /** The AI does pause in one of them, or between them. */
  pauses?: true;
};

export type World = {
  expected: Expected;
  /** What the AI was to say. */
  words: Words;
  caller: LegRecord;
  /** Humans of earlier attempts, in order. */
  earlier?: readonly LegRecord[];
  /** Absent when the human's phone was never invited. */
  human?: LegRecord;
  events: readonly RecordedEvent[];
  /** Sentences that the AI spoke, by code. */
  spoken: readonly { atMs: number; code: number; sentence: string; durationMs: number }[];
  /** When the model's answer with the transfer in it was complete. */
  decidedAtMs?: number;
  /** What the speech-to-text service recognised. */
  heardByAi: readonly { atMs: number; sentence: string }[];
  /** What came to the receiver of messages, and what still waits in the application's folder. */
  messages: { requests: readonly DeliveredMessage[]; waiting: readonly string[] };
  /** When the server was first seen without any room, after the first leg had ended. */
  roomsGoneAtMs?: number;
  roomsLeft: readonly string[];
  jobsLeft: number;
  workerLines: readonly string[];
  phoneNumbers: readonly string[];
};

export type CheckResult = {
  check: string;
  pass: boolean;
  figure: string;
  /**
   * A machine that is too slow can make it fail as it does, and a failure counts only where nothing starved
   * (lab/starvation/rule.ts). What no slowness explains has none: who heard whom, what came twice, what is in the log.
   */
  ofTime?: boolean;
};
export type Check = (world: World) => CheckResult;

/** When the last attempt came to a phase; an attempt before it when its name is given. */
export function phaseAtMs(
  { events }: World,
  phase: string,
  attempt = lastAttempt(events),
): number | undefined {
  return events.find((e) => e.type === 'phaseChanged' && e.to === phase && e.attempt === attempt)
    ?.atMs;
}

function lastAttempt(events: World['events']): string | undefined {
  const last = events.findLast((e) => e.type === 'phaseChanged');
  return last?.type === 'phaseChanged' ? last.attempt : undefined;
}

/** From when to when the caller was on hold, once for each attempt: to the hand-over, the merge or the end. */
export function heldMs(world: World): { fromMs: number; toMs: number; connectedAtMs?: number }[] {
  return world.events
    .filter((e) => e.type === 'transferStarted')
    .map(({ attempt, atMs }) => {
      const at = (phase: string) => phaseAtMs(world, phase, attempt) ?? Infinity;
      const endMs = world.caller.ended?.atMs ?? Infinity;
      const connectedAtMs = phaseAtMs(world, 'connected', attempt);
      return {
        fromMs: atMs,
        toMs: Math.min(at('returning'), at('merging'), at('ended'), endMs),
        ...(connectedAtMs !== undefined && { connectedAtMs }),
      };
    });
}

/** When caller and human were put together; infinity when they never were. */
export function mergedAtMs(world: World): number {
  const wereMerged = phaseAtMs(world, 'connected') !== undefined;
  return (wereMerged ? phaseAtMs(world, 'merging') : undefined) ?? Infinity;
}

export function framesOf(leg: LegRecord | undefined, fromMs: number, toMs: number) {
  return leg?.frames.filter((frame) => frame.atMs >= fromMs && frame.atMs < toMs) ?? [];
}
