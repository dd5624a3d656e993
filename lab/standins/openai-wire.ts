/**
 * OpenAI's chat completions format: the request as a ModelRequest, a ModelReply as stream chunks or as one JSON body.
 *
 * Pure; used by openai.ts. Left out: images, audio, several choices, log probabilities.
 * Format: https://platform.openai.com/docs/api-reference/chat
 */
import type { ChatMessage, ModelCall, ModelReply, ModelRequest, ToolCall } from './model-script.ts';

type WireToolCall = { id: string; function: { name: string; arguments: string } };
type WireMessage = {
  role: ChatMessage['role'];
  content?: string | { type: string; text?: string }[] | null;
  tool_calls?: WireToolCall[];
  tool_call_id?: string;
};
/** The fields of a request that this stand-in looks at. */
export type WireRequest = {
  model: string;
  messages: WireMessage[];
  tools?: { type: string; function?: { name: string } }[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
};

/** Reads a request body. Throws with the reason when it is not a chat completion request. */
export function parseRequest(body: string): WireRequest {
  const parsed = JSON.parse(body) as Partial<WireRequest> | null;
  if (typeof parsed?.model !== 'string') throw new Error('"model" is missing');
  if (!Array.isArray(parsed.messages) || parsed.messages.length === 0) {
    throw new Error('"messages" is missing or empty');
  }
  return parsed as WireRequest;
}

function textOf(content: WireMessage['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}

function toToolCall(call: WireToolCall): ToolCall {
  const { name, arguments: text } = call.function;
  return { id: call.id, name, arguments: JSON.parse(text || '{}') as Record<string, unknown> };
}

function toChatMessage(message: WireMessage): ChatMessage {
  return {
    role: message.role,
    text: textOf(message.content),
    ...(message.tool_calls && { calls: message.tool_calls.map(toToolCall) }),
    ...(message.tool_call_id !== undefined && { callId: message.tool_call_id }),
  };
}

/** Reduces a request to what scripts decide by. Throws when a tool call's arguments are not JSON. */
export function toModelRequest(wire: WireRequest): ModelRequest {
  const messages = wire.messages.map(toChatMessage);
  const lastUser = messages.findLast((message) => message.role === 'user')?.text;
  const last = messages.at(-1);
  const calls = messages.flatMap((message) => message.calls ?? []);
  const answered = last?.role === 'tool' && calls.findLast((call) => call.id === last.callId);
  return {
    tools: (wire.tools ?? []).flatMap((tool) => tool.function?.name ?? []),
    system: messages
      .filter((message) => message.role === 'system' || message.role === 'developer')
      .map((message) => message.text)
      .join('\n'),
    messages,
    ...(lastUser !== undefined && { lastUser }),
    ...(answered && last && { lastToolResult: { name: answered.name, output: last.text } }),
    raw: wire,
  };
}

export type Completion = { id: string; callId: string; model: string; createdSeconds: number };

/** One word with the space after it counts as one token: good enough for streaming and for usage. */
function tokensOf(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
}

function usageOf(wire: WireRequest, reply: ModelReply): Record<string, number> {
  const prompt = wire.messages.reduce((sum, m) => sum + tokensOf(textOf(m.content)).length, 0);
  const completion = tokensOf(reply.say ?? '').length + (reply.call ? 1 : 0);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}

/** The tool call's deltas: id and name first, then the arguments in two parts, as the real service does. */
function callDeltas(call: ModelCall, callId: string, index: number): object[] {
  const text = JSON.stringify(call.arguments);
  const middle = Math.ceil(text.length / 2);
  const head = { id: callId, type: 'function', function: { name: call.name, arguments: '' } };
  const parts = [text.slice(0, middle), text.slice(middle)].filter((part) => part !== '');
  return [
    { tool_calls: [{ index, ...head }] },
    ...parts.map((part) => ({ tool_calls: [{ index, function: { arguments: part } }] })),
  ];
}

const callsOf = ({ call, moreCalls = [] }: ModelReply): ModelCall[] =>
  call ? [call, ...moreCalls] : [];

const idOf = ({ callId }: Completion, index: number) =>
  index === 0 ? callId : `${callId}_${index}`;

/** All chunks of a streamed answer in order, the usage chunk included when it was asked for; `[DONE]` is not. */
export function toChunks(reply: ModelReply, wire: WireRequest, completion: Completion): object[] {
  const base = {
    id: completion.id,
    object: 'chat.completion.chunk',
    created: completion.createdSeconds,
    model: completion.model,
  };
  const chunk = (delta: object, finishReason: string | null = null): object => ({
    ...base,
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
  const deltas = [
    { role: 'assistant', content: '' },
    ...tokensOf(reply.say ?? '').map((content) => ({ content })),
    ...callsOf(reply).flatMap((call, index) => callDeltas(call, idOf(completion, index), index)),
  ];
  return [
    ...deltas.map((delta) => chunk(delta)),
    chunk({}, reply.call ? 'tool_calls' : 'stop'),
    ...(wire.stream_options?.include_usage
      ? [{ ...base, choices: [], usage: usageOf(wire, reply) }]
      : []),
  ];
}

/** The answer to a request without `stream`. */
export function toBody(reply: ModelReply, wire: WireRequest, completion: Completion): object {
  const calls = callsOf(reply).map((call, index) => ({
    id: idOf(completion, index),
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  return {
    id: completion.id,
    object: 'chat.completion',
    created: completion.createdSeconds,
    model: completion.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: reply.say ?? null,
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        finish_reason: calls.length > 0 ? 'tool_calls' : 'stop',
      },
    ],
    usage: usageOf(wire, reply),
  };
}
