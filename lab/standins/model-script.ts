/**
 * What the language model says and calls in a scenario: a function of the request alone, so that it gives the same
 * answer on a retry, in another process, or in another order.
 *
 * Written by scenarios, called by openai.ts.
 */

/** One message of the conversation, its content reduced to text. */
export type ChatMessage = {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  text: string;
  /** Tools that an assistant message called. */
  calls?: ToolCall[];
  /** On a tool message: the id of the call it answers. */
  callId?: string;
};

export type ToolCall = { id: string; name: string; arguments: Record<string, unknown> };

/** One chat completion request, reduced to what a script decides by. */
export type ModelRequest = {
  /** Names of the tools on offer; they tell the application's agents apart. */
  tools: string[];
  /** All system and developer messages, joined by newlines. */
  system: string;
  messages: ChatMessage[];
  /** Text of the last message of the user, wherever it stands. */
  lastUser?: string;
  /** Set when the request ends with tool results: the last of them. */
  lastToolResult?: { name: string; output: string };
  /** The request's JSON body as it came. */
  raw: unknown;
};

export type ModelCall = { name: string; arguments: Record<string, unknown> };

/** `say` and `call` may come together: the text is streamed first. An empty reply is a turn without words. */
export type ModelReply = {
  say?: string;
  call?: ModelCall;
  /** Further calls in the same reply. */
  moreCalls?: readonly ModelCall[];
  /** Time to the first token, instead of the stand-in's own latency. */
  delayMs?: number;
  /** Answer with this HTTP status instead. */
  fail?: { status: number };
};

export type ModelScript = (request: ModelRequest) => ModelReply;
