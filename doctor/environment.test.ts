import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { expect, onTestFinished, test } from 'vitest';
import { readSettings } from './environment.ts';

const example = parse(readFileSync(join(import.meta.dirname, '..', '.env.example')));
const own = {
  LIVEKIT_URL: 'wss://acme-x1y2z3.livekit.cloud',
  LIVEKIT_API_KEY: 'APIkey',
  LIVEKIT_API_SECRET: 'secret',
  OPENAI_API_KEY: 'sk-1',
  DEEPGRAM_API_KEY: 'dg-1',
  CARTESIA_API_KEY: 'ct-1',
  SIP_OUTBOUND_TRUNK_ID: 'ST_abc',
  HUMAN_NUMBER: '+493023125000',
};
const read = (env: NodeJS.ProcessEnv, allowExampleValues = false) =>
  readSettings({ env, allowExampleValues });

test('values of ones own are well', () => {
  expect(read(own)).toEqual({
    agentName: 'support-agent',
    outboundTrunkId: 'ST_abc',
    faults: [],
    server: { url: own.LIVEKIT_URL, apiKey: 'APIkey', apiSecret: 'secret' },
  });
});

test('each value that .env.example makes up is told, and nobody is asked with it', () => {
  const { server, outboundTrunkId, faults } = read(example);
  expect(faults.map((fault) => fault.split(' is still the example ')[0])).toEqual(Object.keys(own));
  expect([server, outboundTrunkId]).toEqual([undefined, undefined]);
});

test('an example of one thing keeps no other from being looked at', () => {
  const env = {
    ...own,
    HUMAN_NUMBER: '+12025550123',
    MESSAGE_WEBHOOK_URL: 'https://example.com/messages',
    MESSAGE_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}`,
  };
  const { server, receiver, faults } = read(env);
  expect(faults).toEqual([
    'HUMAN_NUMBER is still the example +12025550123: put yours there.',
    'MESSAGE_WEBHOOK_URL is still the example https://example.com/messages: put yours there.',
  ]);
  expect(server).toBeDefined();
  expect(receiver).toBeUndefined();
});

test('an example in the directory is told with its department; HUMAN_NUMBER not again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'departments.yaml');
  const numbers = '[$HUMAN_NUMBER, "+12025550124"]';
  const department = `{ spokenName: billing, when: bills, numbers: ${numbers} }`;
  writeFileSync(file, `countries: [+49, +1]\ndepartments: { billing: ${department} }`);
  expect(read({ ...own, DIRECTORY_FILE: file }).faults).toEqual([
    'departments.billing[0] is still the example +12025550124: put yours there.',
  ]);
});

test('on a test server examples are as good as any', () => {
  const { server, faults } = read(example, true);
  expect(faults).toEqual([]);
  expect(server).toEqual({
    url: 'wss://your-project.livekit.cloud',
    apiKey: 'your-livekit-key',
    apiSecret: 'your-livekit-secret',
  });
});

test('an empty name of the agent is the default; a missing key is told once', () => {
  const { agentName, server, faults } = read({ ...own, AGENT_NAME: '', LIVEKIT_API_KEY: '' });
  expect(agentName).toBe('support-agent');
  expect(server).toBeUndefined();
  expect(faults).toEqual([expect.stringContaining('LIVEKIT_API_KEY is empty')]);
});
