/**
 * Which words of words.ts a caller on hold hears, by the phase of the attempt: where it really is. Said by code, never by the
 * model. `caller-side.ts` says them.
 */
import type { Phase } from './transfer/vocabulary.ts';
import type { TransferWords } from './words.ts';

/** Nothing once the human has accepted, because then the hold is over. A phase without a row does not compile. */
export function holdWords(phase: Phase, words: TransferWords, spokenName: string) {
  const { hold, coldTransfer } = words;
  const said: Record<Phase, ((spokenName: string) => string) | undefined> = {
    referring: coldTransfer.referring,
    dialing: hold.dialing,
    ringing: hold.ringing,
    briefing: hold.briefing,
    offered: hold.offered,
    accepted: undefined,
    merging: undefined,
    connected: undefined,
    returning: undefined,
    ended: undefined,
  };
  return said[phase]?.(spokenName);
}
