/** The transfer's table as the pages need it: its steps as a list, and what its names mean. Nothing is decided here. */
import { policies } from '../../agent/outcome.ts';
import { table } from '../../agent/transfer/table.ts';
import {
  type Effect,
  type EventType,
  type Phase,
  type Step,
  effectMeanings,
  phases,
} from '../../agent/transfer/vocabulary.ts';
import { words } from '../../agent/words.ts';

export type NamedStep = { from: Phase; on: EventType; step: Step };

export const eventTypes = Object.keys(table.dialing) as readonly EventType[];

export const steps: readonly NamedStep[] = phases.flatMap((from) =>
  eventTypes.flatMap((on) => {
    const cell = table[from][on];
    return typeof cell === 'string' ? [] : [{ from, on, step: cell }];
  }),
);

/** What happened, for a heading. An event without words does not compile. */
export const eventMeanings: Record<EventType, string> = {
  referred: 'the provider took the caller over',
  humanRinging: "the human's phone rings",
  humanAnswered: 'the human picks up',
  dialRefused: 'the dial is refused',
  dialUnanswered: 'nobody picks up',
  offerSpoken: 'the offer was spoken to its end',
  briefingFailed: 'the AI has no words for the human, or no voice any more',
  humanAccepted: 'the human takes the call',
  humanDeclined: 'the human declines',
  humanSilent: 'the human says nothing, however often they are asked',
  machineAnswered: 'a machine has answered, not a human',
  humanLeft: 'the human hangs up',
  callerLeft: 'the caller hangs up',
  lineCleared: 'nothing of ours is heard on the line any more',
  merged: 'caller and human are seen in one room',
  mergeFailed: 'the human could not be moved',
  callerReturned: 'the caller is back with the AI',
  returnFailed: 'the caller cannot be given back to the AI',
  limitReached: 'a limit is reached',
  jobEnding: 'the job ends',
  relieved: 'the worker of this job has died',
};

export const spokenName = 'the billing team';

/** How a step settles the outcome, in words; undefined when it was settled before, or is not settled yet. */
export function outcomeInWords({ outcome }: Step): string | undefined {
  if (outcome === undefined) return undefined;
  if (outcome === 'reported') return 'as the dial reports it';
  return `\`${outcome}\`, blame: ${policies[outcome].blame}`;
}

/** What the caller hears at a step; undefined when nothing is said to them. */
export function toldInWords({ outcome, effects }: Step): string | undefined {
  if (!effects.includes('returnCaller') || outcome === undefined) return undefined;
  if (outcome === 'reported') return 'the words for that outcome, below.';
  return `“${policies[outcome].tellCaller(words, spokenName)}”`;
}

export const effectInWords = (effect: Effect): string => `\`${effect}\`: ${effectMeanings[effect]}`;
