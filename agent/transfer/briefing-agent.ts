/**
 * The AI that talks to the human in private: its tools. The model asks, and code decides whether that counts. Made by
 * consultation.ts; its instructions are in briefing.ts.
 */
import { llm, voice } from '@livekit/agents';
import { z } from 'zod';
import { briefingInstructions } from './briefing.ts';
import type { Offer } from './offer.ts';
import type { TransferEvent } from './vocabulary.ts';

const reasonLength = 200;

export function createBriefingAgent(options: {
  spokenName: string;
  offer: Offer;
  /** Speaks the headline and the offer once more. */
  repeat: () => void;
  put: (event: TransferEvent) => void;
}): voice.Agent {
  const { offer, repeat, put } = options;
  return new voice.Agent({
    instructions: briefingInstructions(options),
    // None of them returns anything: what comes next is said by code, or nothing is.
    tools: [
      llm.tool({
        name: 'accept_transfer',
        description:
          'The colleague said that they take the call. Only after they said so themselves.',
        parameters: z.object({
          offer: z.string().describe('the offer token from your instructions'),
        }),
        execute: async ({ offer: token }) => {
          if (!offer.isAcceptedBy(token)) {
            throw new llm.ToolError('Not accepted: ask the colleague whether they take the call.');
          }
          put({ type: 'humanAccepted', by: 'voice' });
        },
      }),
      llm.tool({
        name: 'decline_transfer',
        description: 'The colleague said that they do not take the call.',
        parameters: z.object({
          reason: z.string().optional().describe('why, in their words, if they said why'),
        }),
        execute: async ({ reason }) => {
          const said = reason?.trim().slice(0, reasonLength);
          put({ type: 'humanDeclined', by: 'voice', ...(said && { reason: said }) });
        },
      }),
      llm.tool({
        name: 'repeat_headline',
        description: 'The colleague wants to hear again who is calling.',
        execute: async () => repeat(),
      }),
    ],
  });
}
