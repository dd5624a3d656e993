/** What a scenario is: a story with two phones and a model that plays along. What must be true is for the checks. */
import type { Words } from '../../agent/words.ts';
import type { ModelScript } from '../standins/model-script.ts';
import { lastSentence } from '../standins/sentences.ts';
import type { Expected } from '../checks/world.ts';
import type { Lab } from '../network/lab.ts';
import { realWords, shortWords } from '../network/words-file.ts';
import type { Stage } from './stage.ts';

export type Scenario = {
  name: string;
  /** One sentence for the list. */
  title: string;
  /** A function where the AI's words are part of it. */
  expected: Endings | ((words: Words) => Endings);
  play: (stage: Stage) => Promise<void>;
  /** The story has requests to livekit-server fail, so it needs a lab with `faultyApi`. */
  faultyApi?: true;
  /** Something is to happen while a sentence is spoken, so it needs a lab with words that last. */
  realWords?: true;
  /** The story is about a machine that is too slow, so that this never excuses what fails. */
  starvesOnPurpose?: true;
  /** Puts the lab back as it was, when everything has been observed. */
  putBack?: (lab: Lab) => Promise<void>;
  /** What the model says and calls, where it is not the usual. */
  script?: ModelScript;
};

/** The words that a story is played with in tests. */
export const wordsFor = ({ realWords: isReal }: Pick<Scenario, 'realWords'>): string =>
  isReal ? realWords : shortWords;

/** Several, where the story is a race that may be won by either side; the first that fits the outcome counts. */
export type Endings = Expected | readonly [Expected, ...Expected[]];

/** Sentences that the phones say; the script below understands them. */
export const lines = {
  ask: 'Somebody for my invoice, please.',
  accept: 'Yes, please connect me.',
  decline: 'No, I cannot take it right now.',
  goOn: 'Hello, this is billing.',
  reply: 'It was charged twice.',
} as const;

/** What the model below says. */
export const replies = {
  sees: 'I understand.',
  helps: 'Here to help.',
  knowsNoMore: 'That is all.',
  sums: 'The caller paid twice.',
} as const;

/** What the AI asks last of a caller who is back with it, in a lab that takes messages. */
export const whatNext = ({ messages }: Words): string => lastSentence(messages.wouldYouLike);

/** The instructions of the AI beside the human have one in them: the token of its offer. */
const uuid = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/;

/** The usual script, with a transfer to another department. */
export const scriptFor =
  (destination: string): ModelScript =>
  (request) => {
    const reply = usualScript(request);
    if (reply.call?.name !== 'transfer_to_human') return reply;
    return { call: { ...reply.call, arguments: { destination } } };
  };

/**
 * The model of nearly every scenario. It tells the application's agents apart by their tools, and decides by what the
 * speech-to-text service understood, never by a clock.
 */
export const usualScript: ModelScript = ({ tools, system, lastUser, lastToolResult }) => {
  if (lastToolResult) return { say: replies.sees };
  if (tools.includes('transfer_to_human')) {
    if (lastUser === lines.ask)
      return { call: { name: 'transfer_to_human', arguments: { destination: 'billing' } } };
    return { say: replies.helps };
  }
  if (tools.includes('save_prediction')) {
    const isMachine = /after the tone|press \d/i.test(lastUser ?? '');
    const label = isMachine ? 'machine-vm' : 'human';
    return { call: { name: 'save_prediction', arguments: { label } } };
  }
  if (tools.includes('accept_transfer')) {
    const offer = uuid.exec(system)?.[0] ?? '';
    if (lastUser === lines.accept)
      return { call: { name: 'accept_transfer', arguments: { offer } } };
    if (lastUser === lines.decline) return { call: { name: 'decline_transfer', arguments: {} } };
    return { say: replies.knowsNoMore };
  }
  return { say: replies.sums };
};

/** The usual model, but with these answers to what was said last. */
export const withReplies =
  (replies: Record<string, ReturnType<ModelScript>>): ModelScript =>
  (request) => {
    const isReply = !request.lastToolResult && !request.tools.includes('save_prediction');
    return (isReply && replies[request.lastUser ?? '']) || usualScript(request);
  };
