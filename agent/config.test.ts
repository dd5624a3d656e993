/** What the worker says about a configuration that cannot work: every fault at once, in words that help. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import dotenv from 'dotenv';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';
import { Environment } from './environment.ts';

const exampleFile = fileURLToPath(new URL('../.env.example', import.meta.url));
const example = dotenv.parse(readFileSync(exampleFile));

/** The example with some variables changed; `undefined` takes one away. */
function environment(changes: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const merged = Object.entries({ ...example, ...changes });
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined));
}

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const faultsNaming = (name: string, env: NodeJS.ProcessEnv) =>
  faultsOf(env).filter((fault) => fault.startsWith(`${name} `));

const required = [
  'LIVEKIT_URL',
  'LIVEKIT_API_KEY',
  'LIVEKIT_API_SECRET',
  'OPENAI_API_KEY',
  'DEEPGRAM_API_KEY',
  'CARTESIA_API_KEY',
  'SIP_OUTBOUND_TRUNK_ID',
  'HUMAN_NUMBER',
];

describe('.env.example', () => {
  test('is a configuration that can be read as it is', () => {
    expect(faultsOf(environment())).toEqual([]);
  });

  test('names every variable that is read', () => {
    // The other way round, too, in test/tidy.test.ts: some are for `pnpm sip:setup` alone.
    expect(Object.keys(example)).toEqual(expect.arrayContaining(Object.keys(Environment.shape)));
  });

  test('leaves empty what need not be set, and that means not set', () => {
    const config = readConfig(environment());
    expect(config.openai.baseUrl).toBeUndefined();
    expect(config.deepgram.baseUrl).toBeUndefined();
    expect(config.cartesia.baseUrl).toBeUndefined();
    expect(config.worker).toEqual({
      healthPort: undefined,
      maxCalls: undefined,
      idleProcesses: 1,
      drainS: 3_585,
    });
    expect(config.messageWebhook).toBeUndefined();
    expect(config.dataDir).toBe(resolve('data'));
  });

  test('says what is the default anyway, where it says anything', () => {
    expect(readConfig(environment({ AGENT_NAME: undefined })).agentName).toBe(
      example['AGENT_NAME'],
    );
  });
});

describe('a variable that is missing', () => {
  test.each(required)('%s: one sentence that names it', (name) => {
    const faults = faultsNaming(name, environment({ [name]: undefined }));
    expect(faults).toEqual([expect.stringMatching(/^\w+ is missing: .{10,}\.$/)]);
  });

  test('SIP_OUTBOUND_TRUNK_ID that is there but empty is told once, too', () => {
    expect(faultsOf(environment({ SIP_OUTBOUND_TRUNK_ID: '' }))).toEqual([
      'SIP_OUTBOUND_TRUNK_ID is empty: run `pnpm sip:setup`, which writes it here.',
    ]);
  });

  test('HUMAN_NUMBER is told once, and not again for each line of the directory with it', () => {
    expect(faultsOf(environment({ HUMAN_NUMBER: undefined }))).toHaveLength(1);
    expect(faultsOf(environment({ HUMAN_NUMBER: '555 "0123"' }))).toHaveLength(1);
  });

  test.each(Object.keys(example).filter((name) => !required.includes(name)))(
    '%s may be missing',
    (name) => expect(faultsOf(environment({ [name]: undefined }))).toEqual([]),
  );

  test.each(['LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET', 'OPENAI_API_KEY'])(
    '%s that is there but empty is a fault too',
    (name) => {
      expect(faultsOf(environment({ [name]: '' }))).toEqual([
        expect.stringMatching(`^${name} is empty: copy it from .+\\.$`),
      ]);
    },
  );
});

test('an unknown LANGUAGE and a WORDS_FILE that is not there are told with all other faults', () => {
  const wrong = { HUMAN_NUMBER: undefined, DIRECTORY_FILE: 'none.yaml' };
  expect(faultsOf(environment({ ...wrong, LANGUAGE: 'xx' }))).toEqual([
    expect.stringContaining('HUMAN_NUMBER'),
    expect.stringContaining('none.yaml'),
    expect.stringMatching(/^LANGUAGE is xx, and there are words in: en\./),
  ]);
  expect(faultsOf(environment({ WORDS_FILE: 'none.ts' }))).toEqual([
    expect.stringMatching(/^WORDS_FILE: there is no file .*none\.ts\.$/),
  ]);
});

describe('a variable that is wrong', () => {
  test.each([
    ['LIVEKIT_URL', 'my-project', 'wss://your-project.livekit.cloud'],
    ['LIVEKIT_URL', 'https://your-project.livekit.cloud', 'wss://your-project.livekit.cloud'],
    ['OPENAI_BASE_URL', 'openai', 'https://api.openai.com/v1'],
    ['DEEPGRAM_BASE_URL', 'https://api.deepgram.com', 'wss://api.deepgram.com'],
    ['CARTESIA_BASE_URL', 'wss://api.cartesia.ai', 'https://api.cartesia.ai'],
    ['SIP_OUTBOUND_TRUNK_ID', 'my trunk', '`pnpm sip:setup`'],
    ['HUMAN_NUMBER', '555 0123', '+12025550123'],
    ['HUMAN_NUMBER', '12025550123', '+12025550123'],
    ['AGENT_NAME', 'support agent', 'letters, digits, - and _ only'],
    ['HEALTH_PORT', 'http', 'port number'],
    ['HEALTH_PORT', '70000', 'port number'],
    ['WORKER_MAX_CALLS', 'half', 'number'],
    ['WORKER_MAX_CALLS', '0', 'at least 1'],
    ['WORKER_IDLE_PROCESSES', 'few', 'number'],
    ['WORKER_IDLE_PROCESSES', '0', 'at least 1'],
    ['WORKER_DRAIN_SECONDS', '1h', 'number'],
    ['WORKER_DRAIN_SECONDS', '0', 'at least 1'],
    ['WORKER_DRAIN_SECONDS', '2200000', 'a day, 86400, at most'],
    ['MESSAGE_WEBHOOK_URL', 'example.com', 'https://example.com/messages'],
    ['MESSAGE_WEBHOOK_URL', 'ftp://example.com', 'https://example.com/messages'],
    ['MESSAGE_WEBHOOK_URL', 'http://example.com/messages', 'must begin with https'],
    ['MESSAGE_WEBHOOK_URL', 'http://localhost.example.com/', 'must begin with https'],
    ['MESSAGE_WEBHOOK_SECRET', 'too-simple', 'openssl rand -base64 32'],
    ['MESSAGE_WEBHOOK_SECRET', 'whsec_c2hvcnQ=', 'openssl rand -base64 32'],
  ])('%s=%s: one sentence that says what it should be', (name, value, help) => {
    const faults = faultsNaming(name, environment({ [name]: value }));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(help);
    expect(faults[0]).toMatch(/[^.]\.$/);
  });
});

describe('messages', () => {
  const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;

  test('need a secret as soon as there is an address', () => {
    const faults = faultsOf(environment({ MESSAGE_WEBHOOK_URL: 'https://example.com' }));
    expect(faults).toEqual([expect.stringMatching(/^MESSAGE_WEBHOOK_SECRET is missing: .+\.$/)]);
  });

  test.each([
    'https://example.com/a',
    'http://127.0.0.1:9/a',
    'http://localhost/',
    'http://[::1]:9/',
  ])('go to %s, from a folder that can be chosen', (url) => {
    const env = { MESSAGE_WEBHOOK_URL: url, MESSAGE_WEBHOOK_SECRET: secret, DATA_DIR: '/kept' };
    expect(readConfig(environment(env))).toMatchObject({
      dataDir: '/kept',
      messageWebhook: { url, secret },
    });
  });
});

describe('several faults', () => {
  test('are all said at once', () => {
    const faults = faultsOf({});
    expect(required.filter((name) => !faults.some((fault) => fault.startsWith(name)))).toEqual([]);
  });

  test('of the environment and of the directory are said together', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'departments.yaml');
    writeFileSync(file, 'departments:\n  billing:\n    numbers: ["1"]\n');
    const faults = faultsOf(environment({ OPENAI_API_KEY: undefined, DIRECTORY_FILE: file }));
    expect(faults).toContainEqual(expect.stringMatching(/^OPENAI_API_KEY is missing/));
    expect(faults).toContainEqual(
      expect.stringMatching(/^departments\.yaml line 3: .+ is not a phone number/),
    );
    expect(faults.length).toBeGreaterThan(2);
  });

  test('are counted in the message', () => {
    expect(() => readConfig(environment({ LIVEKIT_URL: '' }))).toThrow('has a fault.');
    expect(() => readConfig(environment({ LIVEKIT_URL: '', OPENAI_API_KEY: '' }))).toThrow(
      'has 2 faults.',
    );
  });

  test('never repeat the value of a secret', () => {
    const secret = 'sk-very-secret';
    const env = { LIVEKIT_URL: secret, SIP_OUTBOUND_TRUNK_ID: secret, HUMAN_NUMBER: secret };
    expect(faultsOf(environment(env)).join()).not.toContain(secret);
  });
});

describe('a configuration that can work', () => {
  test('carries every value to where it is used', () => {
    const config = readConfig(
      environment({
        OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
        DEEPGRAM_BASE_URL: 'ws://127.0.0.1:9',
        CARTESIA_BASE_URL: 'http://127.0.0.1:9',
        AGENT_NAME: 'night-shift',
        HEALTH_PORT: '8090',
        WORKER_MAX_CALLS: '12',
        WORKER_IDLE_PROCESSES: '3',
        WORKER_DRAIN_SECONDS: '600',
      }),
    );
    expect(config).toMatchObject({
      livekit: {
        url: 'wss://your-project.livekit.cloud',
        apiKey: 'your-livekit-key',
        apiSecret: 'your-livekit-secret',
      },
      openai: { apiKey: 'your-openai-key', baseUrl: 'http://127.0.0.1:9/v1' },
      deepgram: { apiKey: 'your-deepgram-key', baseUrl: 'ws://127.0.0.1:9' },
      cartesia: { apiKey: 'your-cartesia-key', baseUrl: 'http://127.0.0.1:9' },
      outboundTrunkId: 'ST_written_by_sip_setup',
      agentName: 'night-shift',
      worker: { healthPort: 8090, maxCalls: 12, idleProcesses: 3, drainS: 600 },
    });
  });

  test('has the departments of DIRECTORY_FILE instead of those beside the code', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'departments.yaml');
    writeFileSync(
      file,
      'departments: { billing: { spokenName: billing, when: bills, numbers: [$HUMAN_NUMBER] } }',
    );
    expect([
      ...readConfig(environment({ DIRECTORY_FILE: file })).directory.departments.keys(),
    ]).toEqual(['billing']);
  });
});
