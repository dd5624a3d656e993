/**
 * What a caller on hold is told every now and then: where the attempt really is. Said by code, never by the model.
 * `caller-side.ts` says them.
 */
import type { Phase } from './transfer/vocabulary.ts';

type Words = (spokenName: string) => string;

const onThePhone: Words = (name) =>
  `I have ${name} on the phone and am telling them about your call.`;

/** The first words of a hold. */
export const onHold: Words = (name) =>
  `One moment please. I am calling ${name}, and you will hear music until they answer.`;

/** After why an attempt came to nothing. @param name of the next department, when it is another one. */
export const stillTrying = (name: string | undefined) =>
  name === undefined
    ? 'One moment please, I am trying another phone there.'
    : `One moment please, I am trying ${name}.`;

/** By phase; nothing once the human has accepted, because then the hold is over. A phase without a row does not compile. */
export const holdWords: Record<Phase, Words | undefined> = {
  referring: (name) => `I am still connecting you to ${name}.`,
  dialing: (name) => `I am still trying to reach ${name}.`,
  ringing: (name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}'s phone is ringing.`,
  briefing: onThePhone,
  offered: onThePhone,
  accepted: undefined,
  merging: undefined,
  connected: undefined,
  returning: undefined,
  ended: undefined,
};
