/**
 * Who answers the phone: what the AI knows and its tools. What it is told and what it says is in words.ts.
 * It may choose a department by key; numbers, dialling and the decision to connect are not the model's.
 */
import { llm, voice } from '@livekit/agents';
import { z } from 'zod';
import type { Destination, Directory } from './directory/directory.ts';
import { opensNext } from './directory/opening-hours.ts';
import type { MessageTaker } from './messages/message-taker.ts';
import type { Words } from './words.ts';

export function createSupportAgent(options: {
  directory: Directory;
  words: Words;
  /** Begins the transfer and returns at once. @throws Error with words for the model when it cannot begin. */
  transferTo: (destination: Destination) => void;
  /** Left out when messages would reach nobody. */
  messages?: MessageTaker | undefined;
  /** What was said before, when another AI had the call. */
  said?: readonly { role: 'user' | 'assistant'; text: string }[];
}): voice.Agent {
  const { directory, words, transferTo, messages, said = [] } = options;
  const { transferTool } = words.agent;
  const { departments } = directory;
  const known = [...departments.keys()].join(', ');
  const also = messages ? [words.messages.instructions] : [];
  const chatCtx = new llm.ChatContext();
  for (const { role, text } of said) chatCtx.addMessage({ role, content: text });
  return new voice.Agent({
    chatCtx,
    instructions: [instructions(directory, words, new Date()), ...also].join('\n'),
    tools: [
      llm.tool({
        name: 'transfer_to_human',
        description: transferTool.description,
        parameters: z.object({ destination: z.string().describe(transferTool.destination(known)) }),
        onDuplicate: 'reject',
        execute: async ({ destination: key }) => {
          const destination = departments.get(key);
          if (!destination) {
            // What was asked for may be a phone number, and what is thrown here gets into the log.
            throw new llm.ToolError(transferTool.unknown(known));
          }
          // No return value: what the caller hears next is said by code, not by the model.
          transferTo(destination);
        },
      }),
      ...(messages?.tools ?? []),
    ],
  });
}

function instructions({ departments }: Directory, words: Words, now: Date): string {
  const destinations = [...departments.values()].map(({ key, spokenName, when, hours }) => {
    const opens = hours && opensNext(hours, now, words.hours);
    return words.agent.destination({ key, spokenName, when, ...(opens && { opens }) });
  });
  return words.agent.instructions(destinations.join('\n'));
}
