/** The OpenAI stand-in, used through LiveKit's real OpenAI plugin. */
import { APIStatusError, initializeLogger, llm } from '@livekit/agents';
import * as openai from '@livekit/agents-plugin-openai';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { ModelScript } from './model-script.ts';
import { OpenAiStandIn, type LlmLatency } from './openai.ts';

const API_KEY = 'lab-openai';
let standIn: OpenAiStandIn;

beforeAll(() => initializeLogger({ pretty: false, level: 'fatal' }));
afterEach(() => standIn.close());

async function open(script: ModelScript, latency?: Partial<LlmLatency>): Promise<void> {
  standIn = await OpenAiStandIn.open({
    port: 0,
    apiKey: API_KEY,
    script,
    latency,
  });
}

const transferTool = llm.tool({
  name: 'transfer_to_human',
  description: 'Transfers the caller.',
  parameters: z.object({ reason: z.string() }),
  execute: async () => 'done',
});

type Answer = { text: string; calls: { name: string; args: string }[]; pieces: number };

/** One request with the plugin, as AgentSession makes it: an error listener lets the framework retry. */
async function chat(options: { apiKey?: string; say?: string; history?: llm.ChatContext } = {}) {
  const model = new openai.LLM({
    model: 'gpt-4.1-mini',
    apiKey: options.apiKey ?? API_KEY,
    baseURL: standIn.url,
  });
  const errors: Error[] = [];
  model.on('error', ({ error }) => void errors.push(error));
  const chatCtx = options.history ?? new llm.ChatContext();
  chatCtx.addMessage({ role: 'system', content: 'You answer phones.' });
  chatCtx.addMessage({ role: 'user', content: options.say ?? 'Hello?' });
  const answer: Answer = { text: '', calls: [], pieces: 0 };
  const stream = model.chat({ chatCtx, toolCtx: new llm.ToolContext([transferTool]) });
  for await (const chunk of stream) {
    if (chunk.delta?.content) answer.pieces += 1;
    answer.text += chunk.delta?.content ?? '';
    for (const { name, args } of chunk.delta?.toolCalls ?? []) answer.calls.push({ name, args });
  }
  return { answer, errors };
}

test('streams what the script says, word by word', async () => {
  await open(({ lastUser }) => ({ say: `You said: ${lastUser}` }));
  const { answer } = await chat({ say: 'my invoice is wrong' });
  expect(answer).toEqual({ text: 'You said: my invoice is wrong', calls: [], pieces: 6 });
});

test('streams a tool call after the words', async () => {
  await open(() => ({
    say: 'One moment.',
    call: { name: 'transfer_to_human', arguments: { reason: 'billing' } },
  }));
  const { answer } = await chat();
  expect(answer.text).toBe('One moment.');
  expect(answer.calls).toEqual([{ name: 'transfer_to_human', args: '{"reason":"billing"}' }]);
});

test('tells the script the tools, the system text and the last tool result', async () => {
  await open(() => ({ say: 'Fine.' }));
  await chat({ say: 'Goodbye' });
  expect(standIn.requests[0]?.request).toMatchObject({
    tools: ['transfer_to_human'],
    system: 'You answer phones.',
    lastUser: 'Goodbye',
  });
  const model = new openai.LLM({ model: 'gpt-4.1', apiKey: API_KEY, baseURL: standIn.url });
  const chatCtx = new llm.ChatContext();
  chatCtx.addMessage({ role: 'user', content: 'A person, please.' });
  const call = { callId: 'call_7', name: 'transfer_to_human' };
  chatCtx.insert(llm.FunctionCall.create({ ...call, args: '{"reason":"asked"}' }));
  chatCtx.insert(llm.FunctionCallOutput.create({ ...call, output: 'busy', isError: false }));
  for await (const _ of model.chat({ chatCtx })) void _;
  expect(standIn.requests[1]?.request.lastToolResult).toEqual({
    name: 'transfer_to_human',
    output: 'busy',
  });
});

test('the plugin recovers from one 429', async () => {
  await open(() => ({ say: 'Here I am.' }));
  standIn.faults.set({ kind: 'refuse', status: 429, times: 1 });
  const { answer, errors } = await chat();
  expect(answer.text).toBe('Here I am.');
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({ statusCode: 429 });
});

test('a wrong key is refused with 401 and a reason', async () => {
  await open(() => ({ say: 'secret' }));
  const { answer, errors } = await chat({ apiKey: 'wrong' }).catch((error: unknown) => ({
    answer: undefined,
    errors: [error as Error],
  }));
  expect(answer?.text ?? '').toBe('');
  expect(errors[0]).toBeInstanceOf(APIStatusError);
  expect(errors[0]).toMatchObject({ statusCode: 401 });
  expect(errors[0]?.message).toContain('did not get its API key');
  expect(standIn.requests).toHaveLength(0);
});

test('a script that throws shows as status 500 and in the log', async () => {
  await open(() => {
    throw new Error('no answer for this');
  });
  const response = await post({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
  expect(response.status).toBe(500);
  expect(await response.text()).toContain('no answer for this');
  expect(standIn.requests[0]?.scriptError).toContain('no answer for this');
});

test('waits firstTokenMs before the first token', async () => {
  await open(() => ({ say: 'Hello.' }), { firstTokenMs: 300 });
  const startedMs = performance.now();
  await chat();
  expect(performance.now() - startedMs).toBeGreaterThan(290);
});

test('a drop fault cuts the stream in the middle', async () => {
  await open(() => ({ say: 'one two three four five' }));
  standIn.faults.set({ kind: 'drop', afterMessages: 3 });
  const response = await post({
    model: 'm',
    stream: true,
    messages: [{ role: 'user', content: '' }],
  });
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  expect(standIn.faults.isHealed).toBe(true);
  expect(standIn.requests[0]?.finishedAtMs).toBeUndefined();
});

test('answers without streaming, and lists models', async () => {
  await open(() => ({ call: { name: 'look_up', arguments: { id: 7 } } }));
  const response = await post({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
  expect(await response.json()).toMatchObject({
    choices: [
      {
        finish_reason: 'tool_calls',
        message: { tool_calls: [{ function: { name: 'look_up', arguments: '{"id":7}' } }] },
      },
    ],
  });
  const headers = { authorization: `Bearer ${API_KEY}` };
  const models = await fetch(`${standIn.url}/models`, { headers });
  expect(models.status).toBe(200);
});

function post(body: object): Promise<Response> {
  return fetch(`${standIn.url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}` },
    body: JSON.stringify(body),
  });
}
