/**
 * Who answers the phone: the AI's instructions, its greeting and its tools. The file to edit first.
 * It may choose a department by key; numbers, dialling and the decision to connect are not the model's.
 */
import { llm, voice } from '@livekit/agents';
import { z } from 'zod';
import type { Destination, Directory } from './directory/directory.ts';
import { opensNext } from './directory/opening-hours.ts';
import { type MessageTaker, messageInstructions } from './messages/message-taker.ts';

export const greeting = 'Hello, you are speaking with the support assistant. How can I help you?';

/** What a caller hears who had lost the AI for a moment. */
export const backAgain = 'I am sorry, the line dropped. I am back. Where were we?';

/** What a caller hears while another AI takes over. */
export const oneMoment = 'One moment please.';

/** What a caller hears with whom we cannot go on. */
export const mustEnd = 'I am sorry, I have to end this call. Please call again.';

export function createSupportAgent(options: {
  directory: Directory;
  /** Begins the transfer and returns at once. @throws Error with words for the model when it cannot begin. */
  transferTo: (destination: Destination) => void;
  /** Left out when messages would reach nobody. */
  messages?: MessageTaker | undefined;
  /** What was said before, when another AI had the call. */
  said?: readonly { role: 'user' | 'assistant'; text: string }[];
}): voice.Agent {
  const { directory, transferTo, messages, said = [] } = options;
  const { departments } = directory;
  const known = [...departments.keys()].join(', ');
  const also = messages ? [messageInstructions] : [];
  const chatCtx = new llm.ChatContext();
  for (const { role, text } of said) chatCtx.addMessage({ role, content: text });
  return new voice.Agent({
    chatCtx,
    instructions: [instructions(directory, new Date()), ...also].join('\n'),
    tools: [
      llm.tool({
        name: 'transfer_to_human',
        description:
          'Puts the caller on hold and calls a human. Use it when the caller wants a person.',
        parameters: z.object({ destination: z.string().describe(`one of: ${known}`) }),
        onDuplicate: 'reject',
        execute: async ({ destination: key }) => {
          const destination = departments.get(key);
          if (!destination) {
            // What was asked for may be a phone number, and what is thrown here gets into the log.
            throw new llm.ToolError(`There is no such destination. Choose one of: ${known}.`);
          }
          // No return value: what the caller hears next is said by code, not by the model.
          transferTo(destination);
        },
      }),
      ...(messages?.tools ?? []),
    ],
  });
}

function instructions({ departments }: Directory, now: Date): string {
  const destinations = [...departments.values()].map((d) => {
    const opens = d.hours && opensNext(d.hours, now);
    return `- ${d.key} (${d.spokenName}): ${d.when}${opens ? `. Closed now, opens ${opens}` : ''}`;
  });
  return `You answer the phone for a company. You speak on a telephone: short sentences, no lists, no symbols.
Help the caller as far as you can. When they want a person, or you cannot help, call transfer_to_human with one of these destinations:
${destinations.join('\n')}
You cannot dial a number and you cannot promise that somebody will answer. If a transfer did not work, help yourself or try again when the caller asks.`;
}
