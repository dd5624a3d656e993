/**
 * The warm transfer as a table: phase x event -> next phase, effects and outcome. No I/O, no imports but types.
 * Read a row as "while we are ... and this happens, then ...". transfer.ts feeds it and performs the effects.
 */
import type { OutcomeKind } from '../outcome.ts';

/**
 * - dialing    the INVITE to the human is out, nothing came back yet
 * - ringing    their phone rings (180)
 * - briefing   they answered; the AI tells them who is calling and makes the offer
 * - offered    the offer was spoken to the end; from here on an acceptance counts
 * - accepted   they accepted; hold audio and the AI are being taken off the caller's line
 * - merging    the human is being moved into the call room, where both hang-ups race the move
 * - connected  caller and human were seen in one room; the AI's session is closed, we only watch
 * - returning  no transfer: the caller is being given back to the AI
 * - ended      nothing of this attempt is left to decide
 */
export const phases = [
  'dialing',
  'ringing',
  'briefing',
  'offered',
  'accepted',
  'merging',
  'connected',
  'returning',
  'ended',
] as const;
export type Phase = (typeof phases)[number];

/** Facts, in the past tense. Nothing else can make a transfer take a step. */
export type TransferEvent =
  | { type: 'humanRinging' }
  | { type: 'humanAnswered' }
  | { type: 'dialRefused'; outcome: OutcomeKind; sipStatus?: number }
  | { type: 'dialTimedOut' }
  | { type: 'offerSpoken' }
  | { type: 'humanAccepted'; by: 'voice' | 'key' }
  | { type: 'humanDeclined'; by: 'voice' | 'key' }
  | { type: 'humanLeft' }
  | { type: 'callerLeft' }
  | { type: 'lineCleared' }
  | { type: 'merged' }
  | { type: 'mergeFailed' }
  | { type: 'callerReturned' }
  | { type: 'returnFailed' }
  | { type: 'limitReached' }
  | { type: 'jobEnding' };
export type EventType = TransferEvent['type'];

/**
 * Orders, performed one after the other in the order of the list.
 * - brief          speak the headline and the offer to the human
 * - clearLine      stop the hold audio, stop listening to the caller
 * - mergeLegs      move the human into the call room and see them there
 * - leaveCall      close the AI's session with `transfer_completed`, publish and hear nothing any more
 * - returnCaller   stop the hold audio, tell the caller how it ended, listen to them again
 * - thankHuman     say goodbye to a human who declined, then release them
 * - excuseCaller   tell the human that the caller has left, then release them
 * - releaseHuman   end the human's leg wherever it is, and the consult room
 * - endCall        end the call room with everybody in it, then the job
 */
export type Effect =
  | 'brief'
  | 'clearLine'
  | 'mergeLegs'
  | 'leaveCall'
  | 'returnCaller'
  | 'thankHuman'
  | 'excuseCaller'
  | 'releaseHuman'
  | 'endCall';

export type Step = {
  to: Phase;
  effects: readonly Effect[];
  /** Set by the step that settles how the transfer ended; `reported` takes it from the event. */
  outcome?: OutcomeKind | 'reported';
};
/** `ignore`: may arrive late and changes nothing. `never`: cannot happen, so it is our bug, and is recorded. */
export type Cell = Step | 'ignore' | 'never';

const go = (to: Phase, ...effects: Effect[]): Step => ({ to, effects });
const conclude = (outcome: OutcomeKind | 'reported', to: Phase, ...effects: Effect[]): Step => ({
  to,
  effects,
  outcome,
});
/** The caller goes back to the AI; the human, if there is one, is released without words. */
const backToAgent = (outcome: OutcomeKind | 'reported') =>
  conclude(outcome, 'returning', 'returnCaller', 'releaseHuman');

const allNever = {
  humanRinging: 'never',
  humanAnswered: 'never',
  dialRefused: 'never',
  dialTimedOut: 'never',
  offerSpoken: 'never',
  humanAccepted: 'never',
  humanDeclined: 'never',
  humanLeft: 'never',
  callerLeft: 'never',
  lineCleared: 'never',
  merged: 'never',
  mergeFailed: 'never',
  callerReturned: 'never',
  returnFailed: 'never',
  limitReached: 'never',
  jobEnding: 'never',
} as const satisfies Record<EventType, Cell>;

const unanswered = {
  ...allNever,
  humanAnswered: go('briefing', 'brief'),
  dialRefused: backToAgent('reported'),
  // The dial's own result says more than the leg's leaving, which comes with it.
  humanLeft: 'ignore',
  callerLeft: conclude('abandoned', 'ended', 'releaseHuman', 'endCall'),
  limitReached: backToAgent('expired'),
  jobEnding: conclude('cancelled', 'ended', 'releaseHuman', 'endCall'),
} as const;

const consulting = {
  ...allNever,
  humanRinging: 'ignore',
  humanDeclined: conclude('declined', 'returning', 'returnCaller', 'thankHuman'),
  humanLeft: backToAgent('human_left'),
  callerLeft: conclude('abandoned', 'ended', 'excuseCaller', 'endCall'),
  limitReached: backToAgent('expired'),
  jobEnding: conclude('cancelled', 'ended', 'releaseHuman', 'endCall'),
} as const;

/** Once accepted, what the consultation still has to say comes too late. */
const afterAcceptance = {
  ...allNever,
  humanRinging: 'ignore',
  offerSpoken: 'ignore',
  humanAccepted: 'ignore',
  humanDeclined: 'ignore',
} as const;

const overIgnored = {
  ...afterAcceptance,
  humanAnswered: 'ignore',
  dialRefused: 'ignore',
  dialTimedOut: 'ignore',
  humanLeft: 'ignore',
  lineCleared: 'ignore',
  merged: 'ignore',
  mergeFailed: 'ignore',
} as const;

export const table: Record<Phase, Record<EventType, Cell>> = {
  dialing: {
    ...unanswered,
    humanRinging: go('ringing'),
    // It never rang, so nobody had the chance to answer.
    dialTimedOut: backToAgent('unreachable'),
  },
  ringing: {
    ...unanswered,
    humanRinging: 'ignore',
    dialTimedOut: backToAgent('no_answer'),
  },
  briefing: {
    ...consulting,
    offerSpoken: go('offered'),
    // The first key is missing: whoever says yes now, or an answering machine, has not heard the offer.
    humanAccepted: 'ignore',
  },
  offered: {
    ...consulting,
    offerSpoken: 'ignore',
    humanAccepted: go('accepted', 'clearLine'),
  },
  accepted: {
    ...afterAcceptance,
    humanDeclined: conclude('declined', 'returning', 'returnCaller', 'thankHuman'),
    humanLeft: backToAgent('human_left'),
    callerLeft: conclude('abandoned', 'ended', 'excuseCaller', 'endCall'),
    lineCleared: go('merging', 'mergeLegs'),
    limitReached: backToAgent('merge_failed'),
    jobEnding: conclude('cancelled', 'ended', 'releaseHuman', 'endCall'),
  },
  merging: {
    ...afterAcceptance,
    humanLeft: backToAgent('human_left'),
    callerLeft: conclude('abandoned', 'ended', 'releaseHuman', 'endCall'),
    merged: conclude('connected', 'connected', 'leaveCall'),
    mergeFailed: backToAgent('merge_failed'),
    limitReached: backToAgent('merge_failed'),
    jobEnding: conclude('cancelled', 'ended', 'releaseHuman', 'endCall'),
  },
  connected: {
    ...afterAcceptance,
    // The watch and the look may both have seen it.
    merged: 'ignore',
    humanLeft: go('ended', 'endCall'),
    callerLeft: go('ended', 'endCall'),
    jobEnding: go('ended', 'endCall'),
  },
  returning: {
    ...overIgnored,
    callerLeft: go('ended', 'endCall'),
    callerReturned: go('ended'),
    returnFailed: go('ended', 'endCall'),
    limitReached: go('ended', 'endCall'),
    jobEnding: go('ended', 'endCall'),
  },
  ended: {
    ...overIgnored,
    callerLeft: 'ignore',
    callerReturned: 'ignore',
    returnFailed: 'ignore',
    limitReached: 'never',
    jobEnding: 'ignore',
  },
};
