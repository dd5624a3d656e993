/** How many phones the AI may ring: for one call, and for all calls of an hour. The way through the directory is real. */
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializeLogger, voice } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CallerSide } from './caller-side.ts';
import type { Config } from './config.ts';
import type { Destination } from './directory/directory.ts';
import { FrontDesk } from './front-desk.ts';
import type { Attempts } from './transfer/attempts.ts';
import type { HandOver } from './transfer/effects.ts';
import { words } from './words.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
let dataDir: string;
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), 'desk-'))));
afterEach(() => rmSync(dataDir, { recursive: true }));

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

/** The model wants a transfer; whether a phone was rung, and what the model was told. */
async function wantsATransfer(options: {
  rungBefore: number;
  perCall: number;
  perHour: number;
  messageWebhook?: object;
}) {
  let rung = 0;
  const heard: string[] = [];
  let fails: HandOver | undefined;
  const attempts = {
    count: options.rungBefore,
    current: undefined,
    open: ({ handOver }: { handOver: HandOver }) => {
      fails = handOver;
      return { start: () => void (rung += 1), holdWords: undefined };
    },
  } as unknown as Attempts;
  const { messageWebhook } = options;
  const directory = {
    departments: new Map([['billing', billing]]),
    dialsPerCall: options.perCall,
    dialsPerHour: options.perHour,
  };
  const desk = new FrontDesk({
    config: { directory, dataDir, words, messageWebhook } as unknown as Config,
    callId: 'AJ_1',
    session: new EventEmitter() as unknown as voice.AgentSession,
    attempts,
    record: () => undefined,
  });
  const caller = {
    hold: () => undefined,
    returnToAgent: (text: string) => void heard.push(text),
  } as unknown as CallerSide;
  const toolCalls = [{ name: 'transfer_to_human', args: { destination: 'billing' } }];
  const llm = new voice.testing.FakeLLM([{ input: 'A person, please.', toolCalls }]);
  const turnHandling = { turnDetection: null };
  const session = new voice.AgentSession({ llm, vad: null, turnHandling });
  await session.start({ agent: desk.createAgent(caller, []) });
  await session.run({ userInput: 'A person, please.' }).wait();
  await session.close();
  const answer = session.history.items.find((item) => item.type === 'function_call_output');
  await fails?.('busy');
  return { rung, told: answer?.output, heard };
}
const noMore = words.agent.transferTool.noMoreCalls;

test('a phone is rung while there are dials left, in the call and in the hour', async () => {
  expect(await wantsATransfer({ rungBefore: 1, perCall: 2, perHour: 1 })).toMatchObject({
    rung: 1,
  });
});

test('no phone is rung when the call has used up its dials', async () => {
  const refused = { rung: 0, told: noMore, heard: [] };
  expect(await wantsATransfer({ rungBefore: 2, perCall: 2, perHour: 9 })).toEqual(refused);
});

test('no phone is rung when the hour has used up its dials', async () => {
  writeFileSync(join(dataDir, 'dials'), `${Date.now()}\n${Date.now()}\n`);
  const refused = { rung: 0, told: noMore, heard: [] };
  expect(await wantsATransfer({ rungBefore: 0, perCall: 9, perHour: 2 })).toEqual(refused);
});

test.each([
  ['is asked for a message where one would be delivered', {}, words.messages.wouldYouLike],
  ['is asked what else there is where none would', undefined, words.agent.whatElse],
])('a caller for whom nobody was found %s', async (_, messageWebhook, wanted) => {
  const webhook = messageWebhook && { messageWebhook };
  const { heard } = await wantsATransfer({ rungBefore: 0, perCall: 1, perHour: 9, ...webhook });
  expect(heard).toEqual([`${words.failed.busy('the billing team')} ${wanted}`]);
});
