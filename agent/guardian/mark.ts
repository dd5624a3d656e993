/**
 * What every room of this application carries in its metadata, so that a stranger can end it: whose it is, which call, who
 * belongs in it, how far the call has come. No phone number, and nothing that was said.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

export const APPLICATION = 'livekit-warm-transfer';

const app = z.literal(APPLICATION);
const consultMark = z.object({
  app,
  kind: z.literal('consultation'),
  callId: z.string(),
  callRoom: z.string(),
  /** Identities of the two who belong in it. */
  human: z.string(),
  ai: z.string(),
});
const callMark = z.object({
  app,
  kind: z.literal('call'),
  // The dispatch rule gives a room the two above. The rest is added by the AI that answers.
  callId: z.string().optional(),
  /** A phase of the transfer, or `talking` when there is none. */
  phase: z.string().optional(),
  phaseSinceMs: z.number().optional(),
  /** What `legOf` makes of the caller's identity, which holds a phone number when the dispatch rule does not hide it. */
  caller: z.string().optional(),
  human: z.string().optional(),
  ai: z.string().optional(),
  /** The name under which its AI is dispatched. */
  agentName: z.string().optional(),
  /** How often the caller has lost the AI, this time included while another is on its way. */
  losses: z.number().optional(),
  /** Who has undertaken to send another AI. */
  rescuer: z.string().optional(),
});
const mark = z.discriminatedUnion('kind', [callMark, consultMark]);

export type CallMark = z.infer<typeof callMark>;
export type ConsultMark = z.infer<typeof consultMark>;
export type Mark = z.infer<typeof mark>;

/** @returns the mark in a room's metadata; undefined when the room is not ours, whatever else stands there. */
export function readMark(metadata: string): Mark | undefined {
  try {
    return mark.safeParse(JSON.parse(metadata)).data;
  } catch {
    return undefined;
  }
}

export const writeMark = (of: Mark): string => JSON.stringify(of);

/** The room in which the human of an attempt is consulted. */
export const consultRoomOf = (attempt: string): string => `consult-${attempt}`;

/** Whether a room has such a name, which says little: others may give it to theirs. */
export const isNamedConsultRoom = (name: string): boolean => /^consult-.+-\d+$/.test(name);

/**
 * @returns the mark that a human in the room carries; undefined when nobody does. Whoever comes back after a restart of
 * livekit-server opens their room anew, without its mark.
 */
export const carriedMark = (participants: readonly { metadata: string }[]): Mark | undefined =>
  participants
    .map(({ metadata }) => readMark(metadata))
    .find((mark) => mark?.kind === 'consultation');

/** The identity of the human who is called in an attempt of a call, which is named after the call. */
export const humanOf = (attempt: string): string => `human-${attempt}`;

/** @returns the call for which a human was called; undefined when it is not one of our humans. */
export const callOfHuman = (identity: string): string | undefined =>
  /^human-(.+)-\d+$/.exec(identity)?.[1];

/** The mark of a call that was answered by another, as far as who is in its room tells. */
export function markFromOutside(
  callId: string,
  there: { phase: string; caller: string | undefined; human?: string | undefined },
): CallMark {
  const { caller, ...rest } = there;
  const of = { app: APPLICATION, kind: 'call', callId, ai: `agent-${callId}` } as const;
  const leg = caller === undefined ? {} : { caller: legOf(callId, caller) };
  return { ...of, ...rest, ...leg, phaseSinceMs: Date.now() };
}

/** Tells a leg from others without naming it. Another call has another name for the same leg. */
export function legOf(callId: string, identity: string): string {
  return createHash('sha256').update(`${callId} ${identity}`).digest('hex').slice(0, 16);
}
