/** The dialogue of a message, with the real tools and a real spool: what is read back, and what it takes to be kept. */
import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializeLogger, llm, log, voice } from '@livekit/agents';
import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import type { CallEvent } from '../call-events.ts';
import type { Config } from '../config.ts';
import { limits } from '../limits.ts';
import { MessageTaker, digits, takesMessages } from './message-taker.ts';
import { Spool } from './spool.ts';
import { words as english } from '../words.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

let folder: string;
beforeEach(() => void (folder = join(mkdtempSync(join(tmpdir(), 'message-')), 'messages')));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(join(folder, '..'), { recursive: true });
});

type Tool = { name: string; execute: (args: unknown, options: unknown) => Promise<unknown> };

const said = {
  destination: 'billing',
  name: 'Test Caller',
  callBack: '+1 (202) 555-0147',
  text: 'Please send the invoice again',
};

/** A caller with whom the AI talks; what the AI says is over when the test says so. */
function call() {
  const words: string[] = [];
  const events: CallEvent[] = [];
  let playedOut: (interrupted: boolean) => void = () => undefined;
  const session = Object.assign(new EventEmitter(), {
    say: (text: string) => {
      words.push(text);
      const handle = { interrupted: false, waitForPlayout: () => done };
      const done = new Promise<void>((resolve) => {
        playedOut = (interrupted) => {
          handle.interrupted = interrupted;
          resolve();
        };
      });
      return handle;
    },
  });
  const taker = new MessageTaker({
    session: session as unknown as voice.AgentSession,
    departments: new Map([['billing', { key: 'billing', spokenName: 'the billing team' }]]),
    spool: new Spool(folder),
    words: english.messages,
    callId: 'AJ_1',
    record: (event) => void events.push(event),
  });
  const use = async (name: string, args: object = {}) => {
    const tool = taker.tools.find((one) => one.name === name) as unknown as Tool;
    return tool.execute(args, {});
  };
  return {
    words,
    events,
    take: (changes: Partial<typeof said> = {}) => use('take_message', { ...said, ...changes }),
    confirm: () => use('confirm_message'),
    /** Later than whatever was said before, also on a clock of whole milliseconds. */
    saysSomething: async (transcript = 'Yes.', isFinal = true) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      session.emit(voice.AgentSessionEventTypes.UserInputTranscribed, { transcript, isFinal });
    },
    hearsTheEnd: async ({ interrupted = false } = {}) => {
      playedOut(interrupted);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const files = () => readdirSync(join(folder, '..'), { recursive: true }).map(String);
const kept = () => files().filter((file) => file.endsWith('.json'));
const { takeTool } = english.messages;
const told = english.messages.isKept('the billing team');

test('the message is read back by code, and the model has nothing to add', async () => {
  const { take, words } = call();
  expect(await take()).toBeUndefined();
  const message = {
    name: 'Test Caller',
    spokenName: 'the billing team',
    callBack: `${english.messages.plus} 1, 2 0 2, 5 5 5, 0 1 4 7`,
    text: 'Please send the invoice again.',
  };
  expect(words).toEqual([english.messages.readBack(message)]);
  expect(kept()).toEqual([]);
});

test('confirmed after the read-back it is kept first, and only then the caller is told', async () => {
  const { take, hearsTheEnd, saysSomething, confirm, words, events } = call();
  const put = vi.spyOn(Spool.prototype, 'put').mockImplementationOnce(async function (
    this: Spool,
    message,
  ) {
    expect(words).toHaveLength(1);
    put.mockRestore();
    await this.put(message);
    expect(words).toHaveLength(1);
  });
  await take();
  await hearsTheEnd();
  await saysSomething();
  expect(await confirm()).toBeUndefined();
  expect(words[1]).toBe(told);
  const [file] = kept();
  const message = JSON.parse(readFileSync(join(folder, '..', file!), 'utf8')) as { id: string };
  expect(message).toMatchObject({
    callId: 'AJ_1',
    destination: 'billing',
    name: 'Test Caller',
    callBack: '+12025550147',
    text: 'Please send the invoice again',
  });
  expect(events).toEqual([{ type: 'messageTaken', message: message.id }]);
});

describe('a message is not kept', () => {
  type Story = (caller: ReturnType<typeof call>) => Promise<unknown>;
  const stories: [string, Story][] = [
    ['when none was taken', async () => undefined],
    [
      'while it is still read back',
      ({ take, saysSomething }) => take().then(() => saysSomething()),
    ],
    [
      'when the caller has said nothing since',
      async ({ take, saysSomething, hearsTheEnd }) => {
        await take();
        await saysSomething();
        await hearsTheEnd();
      },
    ],
    [
      'when the read-back was cut off',
      async ({ take, saysSomething, hearsTheEnd }) => {
        await take();
        await hearsTheEnd({ interrupted: true });
        await saysSomething();
      },
    ],
    [
      'on a sound, or on words that are not understood yet',
      async ({ take, saysSomething, hearsTheEnd }) => {
        await take();
        await hearsTheEnd();
        await saysSomething(' ');
        await saysSomething('Ye', false);
      },
    ],
    [
      'when it was corrected, and the correction was not answered',
      async ({ take, saysSomething, hearsTheEnd }) => {
        await take();
        await hearsTheEnd();
        await saysSomething('No, 0148.');
        await take({ callBack: '+12025550148' });
        await hearsTheEnd();
      },
    ],
  ];
  test.each(stories)('%s', async (_, story) => {
    const caller = call();
    await story(caller);
    await expect(caller.confirm()).rejects.toThrow(llm.ToolError);
    expect(kept()).toEqual([]);
    expect(caller.words).not.toContain(told);
    expect(caller.events).toEqual([]);
  });
});

test('a correction is kept in place of what it corrects', async () => {
  const { take, hearsTheEnd, saysSomething, confirm } = call();
  await take();
  await hearsTheEnd();
  await saysSomething('No, 0148.');
  await take({ callBack: '+12025550148' });
  await hearsTheEnd();
  await saysSomething();
  await confirm();
  const texts = kept().map((file) => readFileSync(join(folder, '..', file), 'utf8'));
  expect(texts).toEqual([expect.stringContaining('"+12025550148"')]);
});

test('confirmed twice it is kept once, and the caller is told once', async () => {
  const { take, hearsTheEnd, saysSomething, confirm, words } = call();
  await take();
  await hearsTheEnd();
  await saysSomething();
  const both = await Promise.allSettled([confirm(), confirm()]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  await expect(confirm()).rejects.toThrow(llm.ToolError);
  expect(kept()).toHaveLength(1);
  expect(words).toHaveLength(2);
});

test('what cannot be kept is not claimed to be, and may be confirmed again later', async () => {
  const error = vi.spyOn(log(), 'error').mockImplementation(() => undefined);
  const { take, hearsTheEnd, saysSomething, confirm, words, events } = call();
  writeFileSync(folder, 'a file where the folder should be');
  await take();
  await hearsTheEnd();
  await saysSomething();
  await confirm();
  expect(words[1]).toBe(english.messages.isNotKept);
  expect(events).toMatchObject([{ type: 'messageFailed' }]);
  expect(JSON.stringify(error.mock.calls)).toContain('check DATA_DIR');
  expect(JSON.stringify(error.mock.calls)).not.toMatch(/Test Caller|2025550147|invoice/);
  rmSync(folder);
  await confirm();
  expect(words[2]).toBe(told);
  expect(kept()).toHaveLength(1);
});

test('a disk that does not answer in time is no reason to keep the caller waiting', async () => {
  vi.spyOn(log(), 'error').mockImplementation(() => undefined);
  vi.spyOn(Spool.prototype, 'put').mockReturnValue(new Promise(() => undefined));
  const { take, hearsTheEnd, saysSomething, confirm, words } = call();
  await take();
  await hearsTheEnd();
  await saysSomething();
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const confirmed = confirm();
  await vi.advanceTimersByTimeAsync(limits.spoolMs);
  await confirmed;
  expect(words[1]).toBe(english.messages.isNotKept);
});

test('nobody takes messages that would reach nobody', () => {
  const session = new EventEmitter() as unknown as voice.AgentSession;
  const options = { session, callId: 'AJ_1', record: () => undefined };
  const directory = { departments: new Map() };
  const webhook = { url: 'https://example.com', secret: 'whsec_' };
  const configured = (messageWebhook: typeof webhook | undefined) =>
    ({ dataDir: folder, directory, messageWebhook, words: english }) as unknown as Config;
  expect(takesMessages({ ...options, config: configured(undefined) })).toBeUndefined();
  expect(takesMessages({ ...options, config: configured(webhook) })).toBeInstanceOf(MessageTaker);
});

test.each([
  ['destination', 'sales', takeTool.unknown('sales', 'billing')],
  ['destination', '__proto__', takeTool.unknown('__proto__', 'billing')],
  ['name', '  ', takeTool.isMissing.name],
  ['text', '', takeTool.isMissing.text],
  ['text', 'x'.repeat(1_001), takeTool.isTooLong.text(1_000)],
  ['callBack', 'the number I am calling from', takeTool.isNoNumber],
  ['callBack', '911', takeTool.isNoNumber],
  ['callBack', '+1202555014720255501', takeTool.isNoNumber],
])('a wrong %s (%j) is refused with words for the model', async (field, value, words) => {
  const caller = call();
  await expect(caller.take({ [field]: value })).rejects.toThrow(words);
  await expect(caller.take({ [field]: value })).rejects.toThrow(llm.ToolError);
  expect(caller.words).toEqual([]);
});

test.each([
  ['+12025550147', 'plus 1, 2 0 2, 5 5 5, 0 1 4 7'],
  ['12025550147', '1, 2 0 2, 5 5 5, 0 1 4 7'],
  ['2025550147', '2 0 2, 5 5 5, 0 1 4 7'],
  ['5550147', '5 5 5, 0 1 4 7'],
  ['12345678', '1 2 3, 4 5 6, 7 8'],
])('the number %s is read as "%s"', (number, spoken) =>
  expect(digits(number, 'plus')).toBe(spoken),
);
