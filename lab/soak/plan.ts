/**
 * What is to happen in each call of a soak, drawn from a seed: the same seed plans the same calls, in the same order. Pure.
 * What it cannot plan is who is first when things happen at the same time; that is what a soak is for.
 */

/** Moments of a call at which somebody may hang up, or something may break, in the order in which they come. */
export const edges = [
  'greeting',
  'dialing',
  'ringing',
  'briefing',
  'offered',
  'accepted',
  'merging',
  'connected',
  'returning',
] as const;
export type Edge = (typeof edges)[number];

export const humans = [
  'accepts by key',
  'accepts by voice',
  'declines by key',
  'declines by voice',
  'is busy',
  'does not pick up',
  'has voicemail',
] as const;
export type Human = (typeof humans)[number];

const untilAnswered: readonly Edge[] = ['greeting', 'dialing', 'ringing', 'briefing'];
const untilConnected: readonly Edge[] = [
  ...untilAnswered,
  'offered',
  'accepted',
  'merging',
  'connected',
];
const untilDeclined: readonly Edge[] = [...untilAnswered, 'offered', 'returning'];
/** The edges that a call comes to when nobody disturbs it. */
export const edgesWith: Record<Human, readonly Edge[]> = {
  'accepts by key': untilConnected,
  'accepts by voice': untilConnected,
  'declines by key': untilDeclined,
  'declines by voice': untilDeclined,
  'is busy': ['greeting', 'dialing', 'returning'],
  'does not pick up': ['greeting', 'dialing', 'ringing', 'returning'],
  'has voicemail': [...untilAnswered, 'returning'],
};

export const faultKinds = [
  'job killed',
  'worker killed',
  'worker told to stop',
  'livekit-server killed',
  'livekit-sip killed',
  'redis killed',
  'API silent',
  'API slow',
  'API broken',
  'API broken after the work',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Something at a moment, or soon after it: what is over at once is met within it. */
type At = { at: Edge; afterMs: number };

export type CallPlan = {
  /** From 1. */
  call: number;
  human: Human;
  /** Who hangs up in the end, when the two were connected. */
  last: 'caller' | 'human';
  early?: At & { who: 'caller' | 'human' };
  fault?: At & { kind: FaultKind };
};

/** One call in eight meets a fault; one in three of the others is ended early by somebody. */
const faultEvery = 8;
const earlyShare = 1 / 3;
export const longestAfterMs = 800;
const shortly: Partial<Record<Edge, number>> = { accepted: 50, merging: 50, returning: 300 };

/** @returns a plan for each of `calls` calls. @param seed any whole number. */
export function planCalls({ calls, seed }: { calls: number; seed: number }): CallPlan[] {
  const random = randomOf(seed);
  // Dealt instead of thrown, so that a short soak meets as many different things as it can.
  const [human, kind] = [deck(random, allHumans), deck(random, kindsOfDeck)];
  const [faultAt, earlyAt] = [deck(random, edges), deck(random, edges)];
  const faultOfRow = () => 1 + Math.floor(random() * faultEvery);
  let faultIn = faultOfRow();
  return Array.from({ length: calls }, (_, index): CallPlan => {
    const inRow = (index % faultEvery) + 1;
    if (inRow === 1) faultIn = faultOfRow();
    const common = { call: index + 1, last: either(random) };
    const isFaulty = inRow === faultIn;
    if (!isFaulty && random() > earlyShare) return { ...common, human: human() };
    const edge = isFaulty ? faultAt() : earlyAt();
    const soonMs = shortly[edge] ?? longestAfterMs;
    const at = { at: edge, afterMs: Math.floor(random() * soonMs) };
    const plan = { ...common, human: oneOf(random, whoReaches(edge)) };
    if (isFaulty) return { ...plan, fault: { kind: kind(), ...at } };
    return { ...plan, early: { who: whoIsThere(edge, random), ...at } };
  });
}

const whoReaches = (edge: Edge) => allHumans.filter((human) => edgesWith[human].includes(edge));

/** Before it rings no human is on the phone, and those with whom a transfer failed are not any more. */
const whoIsThere = (edge: Edge, random: () => number) =>
  ['greeting', 'dialing', 'returning'].includes(edge) ? 'caller' : either(random);

/** Most of those who are rung take the call. */
const allHumans: readonly Human[] = [
  ...humans,
  ...Array.from({ length: 8 }, () => 'accepts by key' as const),
];
/** A job dies as often as everything else together. */
const kindsOfDeck: readonly FaultKind[] = [
  ...faultKinds,
  ...Array.from({ length: faultKinds.length - 2 }, () => 'job killed' as const),
];

const either = (random: () => number) =>
  random() < 0.5 ? ('caller' as const) : ('human' as const);

const oneOf = <T>(random: () => number, all: readonly T[]): T =>
  all[Math.floor(random() * all.length)]!;

/** Hands out all of `cards` in random order, then all of them anew. */
function deck<T>(random: () => number, cards: readonly T[]): () => T {
  let left: T[] = [];
  return () => {
    if (left.length === 0) left = [...cards];
    return left.splice(Math.floor(random() * left.length), 1)[0]!;
  };
}

/** Mulberry32, by Tommy Ettinger (public domain): numbers from 0 to below 1, good enough to draw lots with. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** In words, for the report. */
export function planInWords({ call, human, last, early, fault }: CallPlan): string {
  const what = `call ${call}: the human ${human}`;
  if (fault) return `${what}; ${fault.kind} ${fault.afterMs} ms after ${fault.at}`;
  if (early) return `${what}; the ${early.who} hangs up ${early.afterMs} ms after ${early.at}`;
  return `${what}; the ${last} hangs up last`;
}
