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
  /** What the caller hears when they are back with the AI; `nobodyThere` where no caller is left to hear it. */
  tellCaller: (spokenName: string) => string;
};

const nobodyThere = () => '';
const offer = 'Is there anything I can do for you instead?';

export const policies = {
  connected: { blame: 'nobody', tellCaller: nobodyThere },
  declined: {
    blame: 'human',
    tellCaller: (name) => `I am sorry, ${name} cannot take the call right now. ${offer}`,
  },
  busy: {
    blame: 'human',
    // Phones say the same when a call is pushed away, so this does not claim that there is another call.
    tellCaller: (name) => `I am sorry, ${name} is busy right now. ${offer}`,
  },
  no_answer: {
    blame: 'human',
    tellCaller: (name) => `I am sorry, ${name} did not pick up. ${offer}`,
  },
  voicemail: {
    blame: 'human',
    tellCaller: (name) => `I am sorry, I only reached a machine at ${name}. ${offer}`,
  },
  unreachable: {
    blame: 'carrier',
    tellCaller: (name) => `I am sorry, I could not reach ${name}. ${offer}`,
  },
  carrier_blocked: {
    blame: 'carrier',
    tellCaller: (name) => `I am sorry, the call to ${name} did not go through. ${offer}`,
  },
  trunk_failed: {
    blame: 'us',
    tellCaller: (name) => `I am sorry, I cannot place a call to ${name} at the moment. ${offer}`,
  },
  human_left: {
    blame: 'human',
    tellCaller: (name) => `I am sorry, I lost the connection to ${name}. ${offer}`,
  },
  abandoned: { blame: 'caller', tellCaller: nobodyThere },
  merge_failed: {
    blame: 'us',
    tellCaller: (name) => `I am sorry, I could not connect you to ${name}. ${offer}`,
  },
  expired: {
    blame: 'human',
    tellCaller: (name) => `I am sorry, ${name} did not take the call in time. ${offer}`,
  },
  cancelled: { blame: 'us', tellCaller: nobodyThere },
} as const satisfies Record<OutcomeKind, Policy>;
