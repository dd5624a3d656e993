/**
 * What a caller on hold is told every now and then: where the attempt really is. Said by code, never by the model.
 * `caller-side.ts` says them; the first words of a hold are in `support-agent.ts`.
 */
import type { Phase } from './transfer/vocabulary.ts';

type Words = (spokenName: string) => string;

const onThePhone: Words = (name) =>
  `I have ${name} on the phone and am telling them about your call.`;

/** By phase; nothing once the human has accepted, because then the hold is over. A phase without a row does not compile. */
export const holdWords: Record<Phase, Words | undefined> = {
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
