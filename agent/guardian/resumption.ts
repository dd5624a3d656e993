/** What an AI is told that is sent to a caller who has lost theirs: it stands in the metadata of its dispatch. No words of the caller. */
import { z } from 'zod';

const told = z.object({
  resume: z.object({
    /** Of the call whose AI was lost. */
    callId: z.string(),
    /** What `legOf` makes of the caller's identity in that call. */
    caller: z.string(),
    /** How often this caller has lost the AI by now. */
    losses: z.number(),
    /** Excuse us, and end the call. */
    goodbye: z.boolean(),
  }),
});
export type Resumption = z.infer<typeof told>['resume'];

/** @returns undefined for an AI that answers a new call. */
export function readResumption(metadata: string): Resumption | undefined {
  try {
    return told.safeParse(JSON.parse(metadata)).data?.resume;
  } catch {
    return undefined;
  }
}

export const writeResumption = (resume: Resumption): string => JSON.stringify({ resume });
