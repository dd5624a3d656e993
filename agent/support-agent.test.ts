/** The AI's tool, in a real session without audio: what the model may choose, and what it hears when it may not. */
import { initializeLogger, llm, voice } from '@livekit/agents';
import { beforeAll, expect, test } from 'vitest';
import type { Destination, Directory } from './directory/directory.ts';
import { OpeningHoursText, opensNext } from './directory/opening-hours.ts';
import type { MessageTaker } from './messages/message-taker.ts';
import { createSupportAgent } from './support-agent.ts';
import { words } from './words.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

const billing: Destination = {
  key: 'billing',
  spokenName: 'the billing team',
  when: 'invoices',
  numbers: ['+12025550123'],
  ringLimitS: 25,
  decisionLimitS: 120,
  hours: undefined,
  otherwise: undefined,
  transfer: 'warm',
  callerId: 'business',
  headers: {},
};
const directory: Directory = {
  departments: new Map([['billing', billing]]),
  dialsPerCall: 3,
  dialsPerHour: 100,
};

/** The model calls the tool with these arguments; what was dialled, and what the model was told. */
async function modelCalls(args: Record<string, unknown>) {
  const dialled: Destination[] = [];
  const agent = createSupportAgent({ directory, words, transferTo: (to) => void dialled.push(to) });
  const toolCalls = [{ name: 'transfer_to_human', args }];
  const llm = new voice.testing.FakeLLM([{ input: 'A person, please.', toolCalls }]);
  const turnHandling = { turnDetection: null };
  const session = new voice.AgentSession({ llm, vad: null, turnHandling });
  await session.start({ agent });
  await session.run({ userInput: 'A person, please.' }).wait();
  await session.close();
  const answer = session.history.items.find((item) => item.type === 'function_call_output');
  return { dialled, told: answer?.output, isError: answer?.isError };
}

test('a department of the directory is dialled, and the model has nothing to add', async () => {
  const { dialled, told, isError } = await modelCalls({ destination: 'billing' });
  expect(dialled).toEqual([billing]);
  expect(told).toBe('');
  expect(isError).toBe(false);
});

test.each(['sales', '+12025550199', '__proto__', ''])(
  'an unknown destination (%j) is not dialled, and the model is told which there are',
  async (destination) => {
    const { dialled, told, isError } = await modelCalls({ destination });
    expect(dialled).toEqual([]);
    expect(isError).toBe(true);
    expect(told).toBe(words.agent.transferTool.unknown('billing'));
  },
);

test('the model knows from the beginning which department is closed, and when it opens', () => {
  const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
  const inThreeDays = days[(new Date().getUTCDay() + 3) % 7]!;
  const hours = OpeningHoursText.parse({ timeZone: 'UTC', [inThreeDays]: '09:00-17:00' });
  const departments = new Map([['billing', { ...billing, hours }]]);
  const transferTo = () => undefined;
  const agent = createSupportAgent({ directory: { ...directory, departments }, words, transferTo });
  const opens = opensNext(hours, new Date(), words.hours)!;
  const { key, spokenName, when } = billing;
  expect(agent.instructions).toContain(words.agent.destination({ key, spokenName, when, opens }));
});

test('messages are offered only where somebody reads them', () => {
  const nothing = () => undefined;
  const tool = llm.tool({ name: 'take_message', description: 'x', execute: async () => undefined });
  const taker = { tools: [tool] };
  const messages = taker as unknown as MessageTaker;
  const [without, withThem] = [{}, { messages }].map((more) =>
    createSupportAgent({ directory, words, transferTo: nothing, ...more }),
  );
  expect(without!.instructions).not.toContain(words.messages.instructions);
  expect(without!.toolCtx.functionTools).not.toHaveProperty('take_message');
  expect(withThem!.instructions).toContain(words.messages.instructions);
  expect(withThem!.toolCtx.functionTools).toHaveProperty('take_message');
});

test('the model never sees a number', () => {
  const agent = createSupportAgent({ directory, words, transferTo: () => undefined });
  expect(JSON.stringify([agent.instructions, agent.toolCtx])).not.toContain('2025550123');
});
