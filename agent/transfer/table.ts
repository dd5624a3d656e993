/**
 * The warm transfer as a table: phase x event -> next phase, effects and outcome. No I/O, no imports but types.
 * Read a row as "while we are ... and this happens, then ...". transfer.ts feeds it and performs the effects.
 */
import type { OutcomeKind } from '../outcome.ts';
import type { Cell, Effect, EventType, Phase, Step } from './vocabulary.ts';

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
  referred: 'never',
  humanRinging: 'never',
  humanAnswered: 'never',
  dialRefused: 'never',
  dialUnanswered: 'never',
  offerSpoken: 'never',
  briefingFailed: 'never',
  humanAccepted: 'never',
  humanDeclined: 'never',
  humanSilent: 'never',
  machineAnswered: 'never',
  humanLeft: 'never',
  callerLeft: 'never',
  lineCleared: 'never',
  merged: 'never',
  mergeFailed: 'never',
  callerReturned: 'never',
  returnFailed: 'never',
  limitReached: 'never',
  jobEnding: 'never',
  relieved: 'never',
} as const satisfies Record<EventType, Cell>;

/** The human is released without words. Another AI goes on with the caller, or nobody does. */
const cancelled = {
  jobEnding: conclude('cancelled', 'ended', 'endCall', 'releaseHuman'),
  relieved: conclude('cancelled', 'ended', 'releaseHuman'),
} as const;

const unanswered = {
  ...allNever,
  ...cancelled,
  humanAnswered: go('briefing', 'brief'),
  dialRefused: backToAgent('reported'),
  // The dial's own result says more than the leg's leaving, which comes with it.
  humanLeft: 'ignore',
  callerLeft: conclude('abandoned', 'ended', 'endCall', 'releaseHuman'),
  limitReached: backToAgent('expired'),
} as const;

const consulting = {
  ...allNever,
  ...cancelled,
  humanRinging: 'ignore',
  humanDeclined: conclude('declined', 'returning', 'returnCaller', 'thankHuman'),
  humanSilent: conclude('expired', 'returning', 'returnCaller', 'partFromHuman'),
  // A machine is not talked to, and nothing is left on it.
  machineAnswered: backToAgent('voicemail'),
  // The AI has no words for the human, or none any more. That is our doing, so nobody else is blamed for it.
  briefingFailed: backToAgent('merge_failed'),
  humanLeft: backToAgent('human_left'),
  callerLeft: conclude('abandoned', 'ended', 'excuseCaller', 'endCall'),
  limitReached: conclude('expired', 'returning', 'returnCaller', 'partFromHuman'),
  relieved: conclude('cancelled', 'ended', 'partFromHuman'),
} as const;

/** Once accepted, what the consultation still has to say comes too late. */
const afterAcceptance = {
  ...allNever,
  humanRinging: 'ignore',
  offerSpoken: 'ignore',
  briefingFailed: 'ignore',
  humanAccepted: 'ignore',
  humanDeclined: 'ignore',
  humanSilent: 'ignore',
  machineAnswered: 'ignore',
} as const;

const overIgnored = {
  ...afterAcceptance,
  // The caller was given back when the limit was reached; their leg ends by itself.
  referred: 'ignore',
  humanAnswered: 'ignore',
  dialRefused: 'ignore',
  dialUnanswered: 'ignore',
  humanLeft: 'ignore',
  lineCleared: 'ignore',
  mergeFailed: 'ignore',
} as const;

export const table: Record<Phase, Record<EventType, Cell>> = {
  referring: {
    ...unanswered,
    referred: conclude('connected', 'connected', 'leaveCall'),
    dialUnanswered: backToAgent('no_answer'),
    // There is no leg of ours to the human.
    humanAnswered: 'never',
  },
  dialing: {
    ...unanswered,
    humanRinging: go('ringing'),
    // It never rang: a dead trunk, or a phone that is switched off. Nobody had the chance to answer.
    dialUnanswered: backToAgent('unreachable'),
  },
  ringing: {
    ...unanswered,
    humanRinging: 'ignore',
    dialUnanswered: backToAgent('no_answer'),
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
    ...cancelled,
    humanDeclined: conclude('declined', 'returning', 'returnCaller', 'thankHuman'),
    humanLeft: backToAgent('human_left'),
    callerLeft: conclude('abandoned', 'ended', 'excuseCaller', 'endCall'),
    lineCleared: go('merging', 'mergeLegs'),
    limitReached: backToAgent('merge_failed'),
    relieved: conclude('cancelled', 'ended', 'partFromHuman'),
  },
  merging: {
    ...afterAcceptance,
    ...cancelled,
    humanLeft: backToAgent('human_left'),
    callerLeft: conclude('abandoned', 'ended', 'endCall', 'releaseHuman'),
    merged: conclude('connected', 'connected', 'leaveCall'),
    mergeFailed: backToAgent('merge_failed'),
    limitReached: backToAgent('merge_failed'),
  },
  connected: {
    ...afterAcceptance,
    // The watch and the look may both have seen it.
    merged: 'ignore',
    humanLeft: go('ended', 'endCall'),
    callerLeft: go('ended', 'endCall'),
    jobEnding: go('ended', 'leaveToGuardian'),
    // The two need no AI.
    relieved: 'ignore',
  },
  returning: {
    ...overIgnored,
    // A move that we had given up on happened after all: the human is with a caller who is back with the AI.
    merged: go('returning', 'releaseHuman'),
    callerLeft: go('ended', 'endCall'),
    callerReturned: go('ended'),
    returnFailed: go('ended', 'endCall'),
    limitReached: go('ended', 'endCall'),
    jobEnding: go('ended', 'endCall'),
    relieved: go('ended'),
  },
  ended: {
    ...overIgnored,
    merged: go('ended', 'releaseHuman'),
    callerLeft: 'ignore',
    callerReturned: 'ignore',
    returnFailed: 'ignore',
    limitReached: 'never',
    jobEnding: 'ignore',
    relieved: 'ignore',
  },
};
