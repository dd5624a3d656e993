/**
 * The words of a transfer: its phases, the facts that can happen in them, and the orders that follow. The pages on
 * the call flow and on the teardown (docs/) are printed from them, so a meaning is written here and nowhere else.
 */
import type { OutcomeKind } from '../outcome.ts';

/** Each phase, in the order of a good call, and what it means. */
export const phaseMeanings = {
  referring: "a cold transfer: the caller's provider was asked to call the department itself",
  dialing: 'the INVITE to the human is out, nothing came back yet',
  ringing: 'their phone rings (180)',
  briefing: 'they answered; the AI tells them who is calling and makes the offer',
  offered: 'the offer was spoken to the end; from here on an acceptance counts',
  accepted: "they accepted; hold audio and the AI are being taken off the caller's line",
  merging: 'the human is being moved into the call room, where both hang-ups race the move',
  connected: "caller and human were seen in one room; the AI's session is closed, we only watch",
  returning:
    'this attempt is over: the caller is being given back to the AI, or on to the next number',
  ended: 'nothing of this attempt is left to decide',
} as const;
export type Phase = keyof typeof phaseMeanings;
export const phases = Object.keys(phaseMeanings) as readonly Phase[];

/** Facts, in the past tense. Nothing else can make a transfer take a step. */
export type TransferEvent =
  | { type: 'referred' }
  | { type: 'humanRinging' }
  | { type: 'humanAnswered' }
  | { type: 'dialRefused'; outcome: OutcomeKind; sipStatus?: number }
  | { type: 'dialUnanswered'; sipStatus?: number }
  | { type: 'offerSpoken' }
  | { type: 'briefingFailed' }
  | { type: 'humanAccepted'; by: 'voice' | 'key' }
  /** What they said why is kept for the caller's AI; it is in no log. */
  | { type: 'humanDeclined'; by: 'voice' | 'key'; reason?: string }
  | { type: 'humanSilent' }
  | { type: 'machineAnswered' }
  | { type: 'humanLeft' }
  | { type: 'callerLeft' }
  | { type: 'lineCleared' }
  | { type: 'merged' }
  | { type: 'mergeFailed' }
  | { type: 'callerReturned' }
  | { type: 'returnFailed' }
  | { type: 'limitReached' }
  | { type: 'jobEnding' }
  /** Our worker has died; the caller waits for another AI, or is told goodbye. */
  | { type: 'relieved' };
export type EventType = TransferEvent['type'];

/** Orders, performed one after the other in the order of a step's list, and what each one does. */
export const effectMeanings = {
  brief: 'speak the headline and the offer to the human',
  clearLine: 'stop the hold audio and all words of the AI, stop listening to the caller',
  mergeLegs: 'move the human into the call room and see them there',
  leaveCall:
    "close the AI's session with `transfer_completed`, and the consult room; publish and hear nothing any more",
  returnCaller:
    'tell the caller how it ended; ring the next number, or stop the hold audio and listen to them again',
  thankHuman: 'say goodbye to a human who declined, then release them',
  partFromHuman: 'tell a human who did not decide in time that it is too late, then release them',
  excuseCaller: 'tell the human that the caller has left, then release them',
  releaseHuman: "end the human's leg wherever it is, and the consult room",
  endCall: 'end the call room with everybody in it, then the job',
  leaveToGuardian: 'end the job and nothing else: the two talk on, and a guardian watches them',
} as const;
export type Effect = keyof typeof effectMeanings;

export type Step = {
  to: Phase;
  effects: readonly Effect[];
  /** Set by the step that settles how the transfer ended; `reported` takes it from the event. */
  outcome?: OutcomeKind | 'reported';
};
/** `ignore`: may arrive late and changes nothing. `never`: cannot happen, so it is our bug, and is recorded. */
export type Cell = Step | 'ignore' | 'never';
