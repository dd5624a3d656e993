/** Every limit of the application, by name and with its unit. No other file has a number of seconds in it. */
import type { Phase } from './transfer/vocabulary.ts';

export const limits = {
  /** How long the human's phone rings when the directory does not say. */
  ringS: 25,
  /** The longest ring that a directory may ask for is 70 s; the answer to the dial comes 2 s after it. */
  dialMs: 80_000,
  /** How long the human may be briefed, and after that may take to decide, when the directory does not say. */
  decisionS: 120,
  /** How long nobody says anything after the offer until it is made again, and how often that is done. */
  offerAgainMs: 5_000,
  offerRepeats: 2,
  /** From the end of words on hold to the next. With the time that a voice takes to begin, no caller waits 20 s. */
  holdWordsMs: 15_000,
  /** For the words before a cold transfer. */
  announcementMs: 10_000,
  /** How much of what the AI says is on its way to the caller. A noise that makes the AI pause loses that much of it. */
  speechAheadMs: 150,
  /** The pieces in which it goes there. One more of them may be lost, and the SDK's own are of 100 ms. */
  speechPieceMs: 40,
  /** From acceptance to a line without hold audio. */
  clearLineMs: 3_000,
  /** From the request to move the human to seeing them in the call room. */
  mergeMs: 15_000,
  /** For the answer to that request; then we look who is where. Until then the two hear nothing. */
  moveAnswerMs: 2_000,
  /** How often, and how far apart, we look for a human who is in neither room after the request to move them. */
  mergeLooks: 20,
  mergeLookMs: 100,
  /** Until a caller who is given back to the AI can talk to it. */
  returnMs: 10_000,
  /** For the model to sum up the conversation; a template is spoken when it takes longer. */
  summaryMs: 2_500,
  /** For the headline and the offer, from their first word to their last. */
  headlineMs: 20_000,
  /** From the end of somebody's words to the text of them; when there is none, speech-to-text is connected anew. */
  transcriptMs: 1_200,
  /** How much of what was said last is then heard again. */
  hearAgainMs: 10_000,
  /** The longest pause between two attempts to connect speech-to-text. */
  hearPauseMs: 2_000,
  /** How late voice detection may be; what comes then is not heard by it. */
  lateMs: 1_000,
  /** For our connection to a room to be there again, and after that for those of the others. */
  reconnectMs: 30_000,
  /** From one look whether the server has us in the room to the next; when it has not twice, we are out of it. */
  ownLookMs: 20_000,
  /** For a connection to a speech provider; how often one text is tried, and the pause after the first failure. */
  providerConnectMs: 3_000,
  providerTries: 3,
  providerPauseMs: 200,
  /** For the model's answer to begin; and how often a question is asked once more, and the pause before that. */
  modelMs: 5_000,
  modelRetries: 2,
  modelPauseMs: 500,
  /** From a text to the first sound of it, and from one sound to the next. */
  firstAudioMs: 2_000,
  nextAudioMs: 5_000,
  /** How long the SDK waits for sound: longer than all the tries of a voice, which has limits of its own. */
  speechStallMs: 60_000,
  /** A process had no time for others when its loop was busy for this part of its time, 1 being all, and for so long. */
  busyLoop: 0.9,
  busyMs: 250,
  /** How late a timer may fire without a sign that the process stood still, and how long it then waits for what came meanwhile. */
  onTimeMs: 100,
  secondLookMs: 2_000,
  /** For the AI to be in the consult room; the human may be there already, and hears nothing until then. */
  joinMs: 8_000,
  /** For the last words to a human who is then released. */
  farewellMs: 4_000,
  /** For a speech that is cut off to be over, before other words follow. */
  cutOffMs: 1_000,
  /** Between two attempts to take back a dial that has not come to its end. */
  cancelAgainMs: 250,
  /** For the AI's session to close. */
  sessionCloseMs: 5_000,
  /** For one request to LiveKit's API. */
  requestMs: 5_000,
  /** For the request to end a leg, before it is made again. */
  hangUpMs: 1_500,
  /** How often one request is made that may be repeated, and the pause after the first failure; it doubles. */
  requestTries: 3,
  requestPauseMs: 200,
  /** Until a deleted room is seen gone, all attempts together. */
  roomGoneMs: 30_000,
  /** How long a room is waited for that the server says it deletes, before the server is asked to. */
  roomGoingMs: 5_000,
  /** For a message that a caller leaves to be on the disk. */
  spoolMs: 5_000,
  /** From one look for messages to deliver to the next. */
  sweepMs: 1_000,
  /** For the receiver of messages to answer. */
  webhookMs: 10_000,
  /** How long a message that a worker has begun to send is nobody else's; longer than `webhookMs`. */
  claimMs: 30_000,
  /** Between two attempts to deliver a message: the first, doubled after each, and the longest; all halved at random. */
  redeliverMs: 1_000,
  redeliverMaxMs: 300_000,
  /** The same when the receiver refuses the message, which only people can mend. */
  refusedMs: 600_000,
  /** The longest call. */
  callMs: 4 * 3_600_000,
  /** From one look of the guardian at all rooms to the next. */
  guardMs: 2_000,
  /** Between one look and the next at least, however many ask for one. */
  guardRestMs: 250,
  /** How many rooms it looks into at each that seem to be in order, and how many of all at the same time. */
  guardLooks: 2,
  guardLooksAtOnce: 20,
  /** How long trouble lasts before the guardian acts: one of two is missing, an AI is missing, in a call or a consultation. */
  legAloneMs: 4_000,
  aiLostMs: 1_500,
  consultAloneMs: 8_000,
  /** The same for two who talk of whom the list counts one: the other may be on the way back, as we may be. */
  namedOnlyMs: 30_000,
  /** The same for a call in which nobody is left but the AI; longer than it may need to end the call itself. */
  aiAloneMs: 60_000,
  /** For an AI that was sent to a caller who had lost theirs to be there. */
  rescueMs: 10_000,
  /** Between what a guardian undertakes and its look whether another has undertaken the same. */
  rescueClaimMs: 400,
  /** For an AI whose worker has died to stay: the SDK ends it after 15 s. Of these it waits so long for another AI. */
  orphanMs: 12_000,
  reliefMs: 6_000,
  /** For last words to a caller, before the call is ended by us. */
  goodbyeMs: 6_000,
  /** From when calls are told to end, at the end of a drain, until they are ended. */
  windUpMs: 10_000,
  /** How old a webhook of LiveKit may be. */
  webhookAgeMs: 300_000,
  /** How long a file of a call is left that another machine has not removed, although the call's room is gone. */
  leftFileMs: 600_000,
  /** Until the mark of a room is written that LiveKit did not take. */
  markAgainMs: 2_000,
  /** For the caller to be there when their AI is: they were before it was sent. */
  callerMs: 10_000,
  /** For the first AI to be with a caller, who hears it ring. Less than the `ringing_timeout` of sip/inbound-trunk.json. */
  unansweredMs: 25_000,
  /** For a job process to load. On a busy core it takes six times as long as on an idle one, and is not begun anew. */
  processStartMs: 120_000,
  /** From when a call takes a job process until another is started in its place: the caller has been greeted by then. */
  refillMs: 8_000,
  /** From one look whether the calls that there are leave processor for that to the next. */
  pressedMs: 500,
  /** From one look at how much processor the worker gets to the next, how long it works to see that, and how many looks count. */
  processorLookMs: 4_000,
  processorWorkMs: 25,
  shortageLooks: 4,
  /** Of the processor time that they want, what its processes get at least, or no other call is taken; and until then again. */
  shortBelowPercent: 32,
  enoughPercent: 36,
  /** How late the worker's loop may be in nine of ten turns. */
  shortLateMs: 250,
  /** From a worker's yes to a call until the call is given to it. */
  assignmentMs: 15_000,
  /** For any single closer of the teardown, and for any single effect of a transfer. */
  closerMs: 45_000,
} as const;

/** How long each phase of a transfer may last, in ms, when the directory does not say. Two people who talk are under no limit. */
export const limitOfPhase: Record<Phase, number | undefined> = {
  referring: limits.dialMs,
  dialing: limits.dialMs,
  ringing: limits.dialMs,
  briefing: limits.decisionS * 1000,
  offered: limits.decisionS * 1000,
  accepted: limits.clearLineMs,
  merging: limits.mergeMs,
  connected: undefined,
  returning: limits.returnMs,
  ended: undefined,
};

/** How long a phase may last with this destination, in ms. */
export function limitMsOf(
  phase: Phase,
  destination: { decisionLimitS: number },
): number | undefined {
  const isConsulting = phase === 'briefing' || phase === 'offered';
  return isConsulting ? destination.decisionLimitS * 1000 : limitOfPhase[phase];
}
