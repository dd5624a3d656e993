/**
 * The facts that are recorded about a call: one JSON line each, in the worker's log under the key `callEvent`.
 * No phone number and nothing that was said is ever among them.
 */
import { log } from '@livekit/agents';
import type { Blame, OutcomeKind } from './outcome.ts';
import type { Phase, TransferEvent } from './transfer/vocabulary.ts';

export type CallEvent =
  | { type: 'callAnswered' }
  /** Another AI goes on with a call whose AI was lost. */
  | { type: 'callResumed'; of: string; losses: number }
  | { type: 'transferStarted'; attempt: string; destination: string }
  | { type: 'phaseChanged'; attempt: string; from: Phase; to: Phase; on: TransferEvent['type'] }
  | { type: 'unexpectedEvent'; attempt: string; phase: Phase; event: TransferEvent['type'] }
  | {
      type: 'transferEnded';
      attempt: string;
      outcome: OutcomeKind;
      blame: Blame;
      by?: 'voice' | 'key';
      sipStatus?: number;
    }
  /** A message is on the disk, or could not be kept; what it says is in its file only. */
  | { type: 'messageTaken' | 'messageFailed'; message: string }
  | { type: 'sessionClosed'; reason: string }
  | { type: 'callEnding'; cause: EndCause }
  | { type: 'roomGone'; room: 'call' | 'consult'; tookMs: number }
  /** The AI is gone, and the call goes on without it. */
  | { type: 'callHandedOver'; to: Heir }
  | { type: 'callEnded'; cause: EndCause };

export type EndCause =
  | 'callerLeft'
  | 'humanLeft'
  | 'aiFailed'
  | 'jobEnded'
  | 'returnFailed'
  /** The worker of this job has died. */
  | 'workerLost'
  /** The process of this job has died, and others have ended what was left of the call. */
  | 'jobLost'
  /** Another AI had the call already, or its caller had hung up. */
  | 'notNeeded';

/** Who has the call when the AI has left it and it goes on. */
export type Heir = 'guardian' | 'another AI';

/** Why the call ends, from the fact that made a transfer end it. */
export function causeOf(event: TransferEvent): EndCause {
  if (event.type === 'callerLeft' || event.type === 'humanLeft') return event.type;
  return event.type === 'jobEnding' ? 'jobEnded' : 'returnFailed';
}

export type Recorder = (event: CallEvent) => void;

/** @returns a recorder that stamps each fact with the call's id and the time (ms since 1970). */
export function recorder(callId: string): Recorder {
  return (event) => log().info({ callEvent: { callId, atMs: Date.now(), ...event } }, 'call event');
}
