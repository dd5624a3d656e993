/**
 * The AI that talks to the human in private: its tools. The model asks, and code decides whether that counts. Made by
 * consultation.ts; what the model is told is in words.ts.
 */
import { llm, voice } from '@livekit/agents';
import { z } from 'zod';
import type { Words } from '../words.ts';
import type { Offer } from './offer.ts';
import type { TransferEvent } from './vocabulary.ts';

const reasonLength = 200;

export function createBriefingAgent(options: {
  spokenName: string;
  offer: Offer;
  words: Words['consultation'];
  /** Speaks the headline and the offer once more. */
  repeat: () => void;
  put: (event: TransferEvent) => void;
}): voice.Agent {
  const { spokenName, offer, words, repeat, put } = options;
  const { acceptTool, declineTool, repeatTool } = words;
  return new voice.Agent({
    instructions: words.instructions(spokenName, offer.token),
    // None of them returns anything: what comes next is said by code, or nothing is.
    tools: [
      llm.tool({
        name: 'accept_transfer',
        description: acceptTool.description,
        parameters: z.object({ offer: z.string().describe(acceptTool.offer) }),
        execute: async ({ offer: token }) => {
          if (!offer.isAcceptedBy(token)) throw new llm.ToolError(acceptTool.isNotAccepted);
          put({ type: 'humanAccepted', by: 'voice' });
        },
      }),
      llm.tool({
        name: 'decline_transfer',
        description: declineTool.description,
        parameters: z.object({ reason: z.string().optional().describe(declineTool.reason) }),
        execute: async ({ reason }) => {
          const said = reason?.trim().slice(0, reasonLength);
          put({ type: 'humanDeclined', by: 'voice', ...(said && { reason: said }) });
        },
      }),
      llm.tool({
        name: 'repeat_headline',
        description: repeatTool.description,
        execute: async () => repeat(),
      }),
    ],
  });
}
