/**
 * How a transfer can end, whose doing it was, and what the caller is told. A kind without a row does not compile.
 */
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
  tellCaller: (spokenName: string) => string;
  /** What becomes of the caller: the next number of the directory if there is one, or the AI, which may take a message. */
  next: 'next number' | 'back to the AI' | 'nobody is left';
};

const nobodyThere = () => '';

/** What the AI asks a caller who is back with it. */
export const lastWords = (takesMessages: boolean) =>
  takesMessages
    ? 'Would you like to leave a message?'
    : 'Is there anything I can do for you instead?';

export const policies = {
  connected: { blame: 'nobody', tellCaller: nobodyThere, next: 'nobody is left' },
  declined: {
    blame: 'human',
    tellCaller: (name) => `I am sorry, ${name} cannot take the call right now.`,
    next: 'next number',
  },
  busy: {
    blame: 'human',
    // Phones say the same when a call is pushed away, so this does not claim that there is another call.
    tellCaller: (name) => `I am sorry, ${name} is busy right now.`,
    next: 'next number',
  },
  no_answer: {
    blame: 'human',
    tellCaller: (name) => `I am sorry, ${name} did not pick up.`,
    next: 'next number',
  },
  voicemail: {
    blame: 'human',
    tellCaller: (name) => `I am sorry, I only reached a machine at ${name}.`,
    next: 'next number',
  },
  unreachable: {
    blame: 'carrier',
    tellCaller: (name) => `I am sorry, I could not reach ${name}.`,
    next: 'next number',
  },
  carrier_blocked: {
    blame: 'carrier',
    tellCaller: (name) => `I am sorry, the call to ${name} did not go through.`,
    next: 'next number',
  },
  trunk_failed: {
    blame: 'us',
    tellCaller: (name) => `I am sorry, I cannot place a call to ${name} at the moment.`,
    next: 'next number',
  },
  human_left: {
    blame: 'human',
    tellCaller: (name) => `I am sorry, I lost the connection to ${name}.`,
    next: 'next number',
  },
  abandoned: { blame: 'caller', tellCaller: nobodyThere, next: 'nobody is left' },
  merge_failed: {
    blame: 'us',
    // The next number would be merged by the same server.
    tellCaller: (name) => `I am sorry, I could not connect you to ${name}.`,
    next: 'back to the AI',
  },
  expired: {
    blame: 'human',
    tellCaller: (name) => `I am sorry, ${name} did not take the call in time.`,
    next: 'next number',
  },
  cancelled: { blame: 'us', tellCaller: nobodyThere, next: 'nobody is left' },
} as const satisfies Record<OutcomeKind, Policy>;
