import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSIPDispatchRuleRequest,
  CreateSIPInboundTrunkRequest,
  CreateSIPOutboundTrunkRequest,
} from '@livekit/protocol';
import { parse } from 'dotenv';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_AGENT_NAME, exampleValues } from './checks.ts';
import { loadSettings, SetupError, type Env } from './settings.ts';

const shipped = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'));

type Changes = Partial<Record<'inbound' | 'outbound' | 'rule', object | string>>;

/** A folder with the shipped files and the given changes in them; a text stands for the whole file. */
function folder(changes: Changes = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'sip-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const write = (file: string, wrapper: string, change: object | string = {}) => {
    const changed = { [wrapper]: { ...shipped(file)[wrapper], ...(change as object) } };
    writeFileSync(join(dir, file), typeof change === 'string' ? change : JSON.stringify(changed));
  };
  write('inbound-trunk.json', 'trunk', changes.inbound);
  write('outbound-trunk.json', 'trunk', changes.outbound);
  write('dispatch-rule.json', 'dispatch_rule', changes.rule);
  return dir;
}

function problemsOf(dir: string, env: Env = {}, allowExampleValues = true): readonly string[] {
  try {
    loadSettings({ dir, env, allowExampleValues });
    return [];
  } catch (error) {
    if (error instanceof SetupError) return error.problems;
    throw error;
  }
}

test('the shipped files are what lk takes, and name the agent of .env.example', () => {
  CreateSIPInboundTrunkRequest.fromJson(shipped('inbound-trunk.json'));
  CreateSIPOutboundTrunkRequest.fromJson(shipped('outbound-trunk.json'));
  const rule = CreateSIPDispatchRuleRequest.fromJson(shipped('dispatch-rule.json')).dispatchRule;
  const example = parse(readFileSync(join(import.meta.dirname, '../.env.example')));
  expect(rule?.roomConfig?.agents.map(({ agentName }) => agentName)).toEqual([
    example['AGENT_NAME'],
  ]);
  expect(DEFAULT_AGENT_NAME).toBe(example['AGENT_NAME']);
});

test('the shipped files hold examples only, no secrets, and are refused until they are filled in', () => {
  const { inbound, outbound } = loadSettings({
    dir: import.meta.dirname,
    env: {},
    allowExampleValues: true,
  });
  expect(inbound.authPassword + outbound.authPassword).toBe('');
  expect(problemsOf(import.meta.dirname, {}, false)).toEqual([
    'inbound-trunk.json: trunk.numbers[0] is still the example +12025550100: put yours there.',
    'inbound-trunk.json: trunk.allowed_addresses[0] is still the example 203.0.113.0/24: put yours there.',
    'outbound-trunk.json: trunk.address is still the example sip.example.com: put yours there.',
    'outbound-trunk.json: trunk.numbers[0] is still the example +12025550100: put yours there.',
  ]);
});

test.each([
  'your-openai-key',
  'wss://your-project.livekit.cloud',
  'ST_written_by_sip_setup',
  'https://example.com/messages',
  '+12025550123',
])('%s is an example wherever it stands', (value) => {
  expect(exampleValues({ list: [value] }, 'where')).toEqual([
    `where.list[0] is still the example ${value}: put yours there.`,
  ]);
});

test.each([
  'https://counterexample.com',
  'wss://all-your-base.livekit.cloud',
  'ST_x',
  '',
  undefined,
])('%s is none', (value) => expect(exampleValues(value, 'where')).toEqual([]));

test('values of ones own are no examples', () => {
  const inbound = { numbers: ['support'], allowed_addresses: ['198.18.0.0/24'] };
  const outbound = { numbers: ['support'], address: 'my-trunk.provider.tld' };
  expect(problemsOf(folder({ inbound, outbound }), {}, false)).toEqual([]);
});

test('credentials come from the environment', () => {
  const env = { SIP_INBOUND_USERNAME: 'them', SIP_INBOUND_PASSWORD: 'secret' };
  const { inbound, outbound, rule } = loadSettings({
    dir: folder(),
    env,
    allowExampleValues: true,
  });
  expect(inbound).toMatchObject({ authUsername: 'them', authPassword: 'secret' });
  expect(inbound.maxCallDuration?.seconds).toBe(7200n);
  expect(outbound.authUsername).toBe('');
  expect(rule.rule?.rule.value).toMatchObject({ roomPrefix: 'call-' });
});

test('every problem of every file comes at once, with file and field', () => {
  const dir = folder({ inbound: '{ "trunk": ', outbound: { nubmers: [] }, rule: '{"rule": {}}' });
  const problems = problemsOf(dir, { SIP_OUTBOUND_PASSWORD: 'half' });
  expect(problems).toHaveLength(4);
  expect(problems[0]).toMatch(/^inbound-trunk.json: .*JSON/);
  expect(problems[1]).toMatch(/^outbound-trunk.json: nubmers: .*unknown/);
  expect(problems[2]).toMatch(/^dispatch-rule.json: it must hold { "dispatch_rule"/);
  expect(problems[3]).toBe('SIP_OUTBOUND_USERNAME and SIP_OUTBOUND_PASSWORD: set both or neither.');
});

test('a field is named also where the decoder names only its type', () => {
  const problems = problemsOf(folder({ inbound: { ringing_timeout: '30' } }));
  expect(problems).toEqual([expect.stringMatching(/^inbound-trunk.json: ringing_timeout: /)]);
});

test('a missing file is named', () => {
  const problems = problemsOf(join(tmpdir(), 'no-such-folder'));
  expect(problems).toHaveLength(3);
  expect(problems[0]).toMatch(/^inbound-trunk.json: ENOENT/);
});

test.each([
  ['no protection', { inbound: { allowed_addresses: [] } }, 'trunk with neither takes calls'],
  ['a range for all', { inbound: { allowed_addresses: ['0.0.0.0/0'] } }, 'lets everybody in'],
  ['a list, not a range', { inbound: { allowed_addresses: ['198.18.0.1,198.18.0.2'] } }, 'neither'],
  ['a username alone', { inbound: { allowed_addresses: [], auth_username: 'u' } }, 'neither takes'],
  ['no number', { inbound: { numbers: [] } }, 'inbound-trunk.json: trunk.numbers is empty'],
  ['a number with blanks', { inbound: { numbers: ['+1 202 555 0100'] } }, 'must be digits alone'],
  ['an empty number', { outbound: { numbers: [''] } }, 'must be digits alone'],
  ['no name', { inbound: { name: '' } }, 'trunk.name is missing'],
  ['no address', { outbound: { address: '' } }, 'outbound-trunk.json: trunk.address ""'],
  ['a SIP URI', { outbound: { address: 'sip:provider.tld' } }, 'without "sip:" in front'],
  [
    'no number to show',
    { outbound: { numbers: [] } },
    'outbound-trunk.json: trunk.numbers is empty',
  ],
  [
    'numbers alone, which callers can forge',
    { inbound: { allowed_addresses: [], allowed_numbers: ['+12025550147'] } },
    'allowed_numbers alone protects nothing',
  ],
  [
    'phone numbers in names',
    { rule: { hide_phone_number: false } },
    "hide_phone_number must be true: without it rooms are named after the callers' phone numbers, which then stand in logs",
  ],
  [
    'one room for each number',
    { rule: { rule: { dispatch_rule_individual: { no_randomness: true } } } },
    'no_randomness must be left out',
  ],
  ['no rule', { rule: { rule: {} } }, 'must be dispatch_rule_individual'],
  ['one room for all', { rule: { rule: { dispatch_rule_direct: { room_name: 'r' } } } }, 'own'],
  ['a trunk in the rule', { rule: { trunk_ids: ['ST_x'] } }, 'trunk_ids must be left out'],
  [
    'two agents',
    { rule: { room_config: { agents: [{ agent_name: 'support-agent' }, { agent_name: 'b' }] } } },
    'agents is [support-agent, b], but must be support-agent (AGENT_NAME) alone',
  ],
  ['no agent', { rule: { room_config: {} } }, 'agents is [], but must be support-agent'],
])('refused: %s', (_title, changes, words) => {
  expect(problemsOf(folder(changes))).toEqual([expect.stringContaining(words)]);
});

test.each([
  [
    'credentials instead of addresses',
    { inbound: { allowed_addresses: [], auth_username: 'u', auth_password: 'p' } },
  ],
  [
    'any address with credentials',
    { inbound: { allowed_addresses: ['0.0.0.0/0'], auth_username: 'u', auth_password: 'p' } },
  ],
  ['IPv6', { inbound: { allowed_addresses: ['[2001:db8::]/32'] } }],
  ['a name instead of a number', { inbound: { numbers: ['support'] } }],
  ['a number without plus', { inbound: { numbers: ['12025550100'] } }],
  ['a port', { outbound: { address: 'provider.tld:5080' } }],
])('accepted: %s', (_title, changes) => {
  expect(problemsOf(folder(changes))).toEqual([]);
});

test('the rule must send the agent that runs', () => {
  expect(problemsOf(folder(), { AGENT_NAME: '' })).toEqual([]);
  expect(problemsOf(folder(), { AGENT_NAME: 'other' })).toEqual([
    expect.stringContaining('agents is [support-agent], but must be other (AGENT_NAME)'),
  ]);
});
