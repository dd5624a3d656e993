/**
 * The summary of the call, for the human. What the caller said is data in it, never an instruction.
 */
import { llm } from '@livekit/agents';
import { limits } from '../limits.ts';
import { within } from '../teardown.ts';
import type { Words } from '../words.ts';

/**
 * Sums up the conversation in one sentence.
 * @returns `words.noSummary` when the model fails or takes longer than `limits.summaryMs`. Never rejects.
 */
export async function summarise(options: {
  model: llm.LLM;
  conversation: llm.ChatContext;
  words: Pick<Words['consultation'], 'noSummary' | 'summaryInstructions'>;
}): Promise<string> {
  const { model, conversation, words } = options;
  // Without a listener the SDK throws its own retryable errors instead of retrying.
  model.on('error', () => undefined);
  const ask = async () => {
    const chatCtx = new llm.ChatContext();
    chatCtx.addMessage({ role: 'system', content: words.summaryInstructions });
    chatCtx.addMessage({ role: 'user', content: quote(conversation) });
    let text = '';
    for await (const chunk of model.chat({ chatCtx })) text += chunk.delta?.content ?? '';
    return text.replace(/\s+/g, ' ').trim().slice(0, 140) || words.noSummary;
  };
  return within(limits.summaryMs, ask()).catch(() => words.noSummary);
}

function quote(conversation: llm.ChatContext): string {
  const lines = conversation.items.flatMap((item) =>
    item.type === 'message' && (item.role === 'user' || item.role === 'assistant')
      ? [{ speaker: item.role === 'user' ? 'caller' : 'assistant', said: item.textContent ?? '' }]
      : [],
  );
  return JSON.stringify({ transcript: lines.slice(-20) });
}
