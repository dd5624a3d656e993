/**
 * How a transfer can end, whose doing it was, and what the caller is told. A kind without a row does not compile.
 */
import type { TransferWords } from './words.ts';

export type OutcomeKind =
  | 'connected'
  | 'declined'
  | 'busy'
  | 'no_answer'
  | 'voicemail'
  | 'unreachable'
  | 'carrier_blocked'
  | 'trunk_failed'
  | 'human_left'
  | 'abandoned'
  | 'merge_failed'
  | 'expired'
  | 'cancelled';

export type Blame = 'nobody' | 'human' | 'caller' | 'carrier' | 'us';

export type Policy = {
  blame: Blame;
  /** What the caller hears about it; `nobodyThere` where no caller is left to hear it. */
  tellCaller: (words: TransferWords, spokenName: string) => string;
  /** What becomes of the caller: the next number of the directory if there is one, or the AI, which may take a message. */
  next: 'next number' | 'back to the AI' | 'nobody is left';
};

const nobodyThere = () => '';

export const policies = {
  connected: { blame: 'nobody', tellCaller: nobodyThere, next: 'nobody is left' },
  declined: {
    blame: 'human',
    tellCaller: ({ failed }, name) => failed.declined(name),
    next: 'next number',
  },
  busy: {
    blame: 'human',
    tellCaller: ({ failed }, name) => failed.busy(name),
    next: 'next number',
  },
  no_answer: {
    blame: 'human',
    tellCaller: ({ failed }, name) => failed.no_answer(name),
    next: 'next number',
  },
  voicemail: {
    blame: 'human',
    tellCaller: ({ answeringMachine }, name) => answeringMachine.voicemail(name),
    next: 'next number',
  },
  unreachable: {
    blame: 'carrier',
    tellCaller: ({ failed }, name) => failed.unreachable(name),
    next: 'next number',
  },
  carrier_blocked: {
    blame: 'carrier',
    tellCaller: ({ failed }, name) => failed.carrier_blocked(name),
    next: 'next number',
  },
  trunk_failed: {
    blame: 'us',
    tellCaller: ({ failed }, name) => failed.trunk_failed(name),
    next: 'next number',
  },
  human_left: {
    blame: 'human',
    tellCaller: ({ failed }, name) => failed.human_left(name),
    next: 'next number',
  },
  abandoned: { blame: 'caller', tellCaller: nobodyThere, next: 'nobody is left' },
  merge_failed: {
    blame: 'us',
    // The next number would be merged by the same server.
    tellCaller: ({ failed }, name) => failed.merge_failed(name),
    next: 'back to the AI',
  },
  expired: {
    blame: 'human',
    tellCaller: ({ failed }, name) => failed.expired(name),
    next: 'next number',
  },
  cancelled: { blame: 'us', tellCaller: nobodyThere, next: 'nobody is left' },
} as const satisfies Record<OutcomeKind, Policy>;
