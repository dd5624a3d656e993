/**
 * `pnpm sip:setup` against a real livekit-server with a real Redis: what it creates, leaves alone, changes and refuses.
 * No calls are made; that the trunks take calls is shown by every scenario of the lab, which is set up by this command.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SipClient } from 'livekit-server-sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { takePorts } from '../lab/network/ports.ts';
import { httpAnswers, redisAnswers } from '../lab/network/probes.ts';
import { LabProcess } from '../lab/network/processes.ts';
import { prepare } from '../lab/setup/prepare.ts';

const root = join(import.meta.dirname, '..');
const apiKey = 'sip-setup-test';
const apiSecret = 'a-secret-that-is-long-enough-for-livekit';

let logs: string;
let url: string;
let closedPort: number;
let client: SipClient;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  // `pnpm test` has built the servers before; this only finds them.
  const tools = await prepare({ say: (line) => console.log(line) });
  logs = mkdtempSync(join(tmpdir(), 'sip-setup-logs-'));
  const { release, redis, livekit, webrtc, stun, sip } = await takePorts();
  closers.push(release, () => rmSync(logs, { recursive: true }));
  closedPort = sip;
  const redisProcess = await LabProcess.start({
    name: 'redis-server',
    command: tools.redisServer,
    args: ['--port', String(redis), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    logFile: join(logs, 'redis.log'),
    isReady: () => redisAnswers(redis),
  });
  closers.push(() => redisProcess.stop());
  const settings = parse(readFileSync(join(root, 'livekit.yaml'), 'utf8'));
  settings.port = livekit;
  settings.redis.address = `127.0.0.1:${redis}`;
  Object.assign(settings.rtc, { udp_port: webrtc, stun_servers: [`127.0.0.1:${stun}`] });
  const config = join(logs, 'livekit.yaml');
  writeFileSync(config, stringify(settings));
  const server = await LabProcess.start({
    name: 'livekit-server',
    command: tools.livekitServer,
    args: ['--config', config],
    env: { LIVEKIT_KEYS: `${apiKey}: ${apiSecret}` },
    logFile: join(logs, 'livekit-server.log'),
    isReady: () => httpAnswers(`http://127.0.0.1:${livekit}`),
  });
  closers.push(() => server.stop());
  url = `ws://127.0.0.1:${livekit}`;
  client = new SipClient(url, apiKey, apiSecret);
});

afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

let dir: string;
let envFile: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sip-setup-'));
  envFile = join(dir, 'env.local');
  for (const file of ['inbound-trunk.json', 'outbound-trunk.json', 'dispatch-rule.json']) {
    cpSync(join(root, 'sip', file), join(dir, file));
  }
});

afterEach(async () => {
  rmSync(dir, { recursive: true });
  const { inbound, outbound, rules } = await onServer();
  for (const { sipDispatchRuleId } of rules) await client.deleteSipDispatchRule(sipDispatchRuleId);
  for (const { sipTrunkId } of [...inbound, ...outbound]) await client.deleteSipTrunk(sipTrunkId);
});

async function onServer() {
  return {
    inbound: await client.listSipInboundTrunk(),
    outbound: await client.listSipOutboundTrunk(),
    rules: await client.listSipDispatchRule(),
  };
}

/** Runs the command as a person does, on this test's files and with nothing of this machine's environment. */
async function setup(options: { env?: Record<string, string>; args?: string[] } = {}) {
  const { env = {}, args = ['--allow-example-values'] } = options;
  const child = spawn(
    process.execPath,
    [join(root, 'sip/setup.ts'), '--dir', dir, '--env', envFile, ...args],
    {
      cwd: dir,
      env: { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let printed = '';
  child.stdout.on('data', (data) => (printed += data));
  child.stderr.on('data', (data) => (printed += data));
  const exitCode = await new Promise((resolve) => child.once('close', resolve));
  return { exitCode, lines: printed.trimEnd().split('\n') };
}

function change(file: string, edit: (body: Record<string, unknown>) => void): void {
  const json = JSON.parse(readFileSync(join(dir, file), 'utf8'));
  edit(Object.values(json)[0] as Record<string, unknown>);
  writeFileSync(join(dir, file), JSON.stringify(json));
}

test('the first run creates everything, bound together; the second changes nothing', async () => {
  const first = await setup();
  const { inbound, outbound, rules } = await onServer();
  const [line, dialOut, rule] = [inbound[0], outbound[0], rules[0]];
  expect(first).toEqual({
    exitCode: 0,
    lines: [
      `inbound trunk support-line: created ${line?.sipTrunkId}`,
      `outbound trunk support-outbound: created ${dialOut?.sipTrunkId}`,
      `dispatch rule support-calls: created ${rule?.sipDispatchRuleId}`,
      `${envFile}: SIP_OUTBOUND_TRUNK_ID=${dialOut?.sipTrunkId}`,
    ],
  });
  expect(rule?.trunkIds).toEqual([line?.sipTrunkId]);
  expect(rule?.roomConfig?.agents[0]?.agentName).toBe('support-agent');
  expect(line?.allowedAddresses).toEqual(['203.0.113.0/24']);
  // The SDK's create leaves these out.
  expect(line?.ringingTimeout?.seconds).toBe(30n);
  expect(line?.maxCallDuration?.seconds).toBe(7200n);
  expect(readFileSync(envFile, 'utf8')).toBe(`SIP_OUTBOUND_TRUNK_ID=${dialOut?.sipTrunkId}\n`);
  expect(statSync(envFile).mode & 0o777).toBe(0o600);

  const second = await setup();
  expect(second.lines.slice(0, 3)).toEqual(
    first.lines.slice(0, 3).map((text) => text.replace('created', 'unchanged')),
  );
  expect(await onServer()).toEqual({ inbound, outbound, rules });
});

test('what changed in the files is changed on the server, under the same ids', async () => {
  await setup();
  const before = await onServer();
  change('inbound-trunk.json', (trunk) => (trunk['numbers'] = ['+12025550101']));
  change('outbound-trunk.json', (trunk) => (trunk['address'] = 'other.example.com'));
  change(
    'dispatch-rule.json',
    (rule) => delete (rule['room_config'] as { metadata?: string }).metadata,
  );
  const env = { SIP_INBOUND_USERNAME: 'provider', SIP_INBOUND_PASSWORD: 'hidden' };
  const { lines } = await setup({ env });
  expect(lines.slice(0, 3)).toEqual([
    expect.stringMatching(/: updated ST_\w+ \(numbers, auth_username, auth_password\)$/),
    expect.stringMatching(/: updated ST_\w+ \(address\)$/),
    expect.stringMatching(/: updated SDR_\w+ \(room_config\)$/),
  ]);
  expect(lines.join()).not.toContain('hidden');
  const after = await onServer();
  expect(after.inbound).toHaveLength(1);
  expect(after.inbound[0]).toMatchObject({
    sipTrunkId: before.inbound[0]?.sipTrunkId,
    numbers: ['+12025550101'],
    authPassword: 'hidden',
  });
  expect(after.outbound.map(({ address }) => address)).toEqual(['other.example.com']);
  expect(after.rules.map(({ roomConfig }) => roomConfig?.metadata)).toEqual(['']);
});

test('the env file keeps its other lines', async () => {
  writeFileSync(envFile, '# mine\nA=1\nSIP_OUTBOUND_TRUNK_ID=ST_old\nB="2"\n');
  await setup();
  const id = (await onServer()).outbound[0]?.sipTrunkId;
  expect(readFileSync(envFile, 'utf8')).toBe(`# mine\nA=1\nSIP_OUTBOUND_TRUNK_ID=${id}\nB="2"\n`);
});

test('the env file is also read', async () => {
  writeFileSync(envFile, 'SIP_INBOUND_USERNAME=them\nSIP_INBOUND_PASSWORD=secret\n');
  await setup();
  expect((await onServer()).inbound[0]).toMatchObject({ authUsername: 'them' });
});

test('a dry run looks and changes nothing', async () => {
  const { exitCode, lines } = await setup({ args: ['--allow-example-values', '--dry-run'] });
  expect(exitCode).toBe(0);
  expect(lines).toEqual([
    'inbound trunk support-line: would be created',
    'outbound trunk support-outbound: would be created',
    'dispatch rule support-calls: would be created',
  ]);
  expect(Object.values(await onServer()).flat()).toEqual([]);
  expect(() => statSync(envFile)).toThrow('ENOENT');
});

test('a run that was cut short is completed by the next', async () => {
  await client.createSipInboundTrunk('support-line', ['+12025550100'], {
    allowedAddresses: ['203.0.113.0/24'],
  });
  const { lines } = await setup();
  expect(lines[0]).toMatch(
    /updated ST_\w+ \(headers_to_attributes, ringing_timeout, max_call_duration\)$/,
  );
  expect(lines[1]).toContain('created');
  expect((await onServer()).inbound).toHaveLength(1);
});

test("somebody else's trunk for the same number is in the way, and left alone", async () => {
  const theirs = await client.createSipInboundTrunk('theirs', ['+12025550100'], {
    allowedAddresses: ['203.0.113.9'],
  });
  const { exitCode, lines } = await setup();
  expect(exitCode).toBe(1);
  expect(lines).toEqual([
    expect.stringContaining(`trunk ${theirs.sipTrunkId} ("theirs") already answers +12025550100`),
  ]);
  const { inbound, outbound } = await onServer();
  expect(inbound.map(({ name }) => name)).toEqual(['theirs']);
  expect(outbound).toEqual([]);
});

test.each([
  ['a wrong secret', () => ({ LIVEKIT_API_SECRET: 'wrong' }), 'refuses the key: check'],
  ['an unknown key', () => ({ LIVEKIT_API_KEY: 'nobody' }), 'refuses the key: check'],
  [
    'no server',
    () => ({ LIVEKIT_URL: `ws://127.0.0.1:${closedPort}` }),
    'No LiveKit server answers',
  ],
])('refused with one sentence: %s', async (_title, env: () => Record<string, string>, words) => {
  const { exitCode, lines } = await setup({ env: env() });
  expect(exitCode).toBe(1);
  expect(lines).toEqual([expect.stringContaining(words)]);
  // The server quotes the token that it refused.
  expect(lines[0]).not.toContain('eyJ');
});

test('everything that is wrong with the settings is said at once, before anything is changed', async () => {
  change('inbound-trunk.json', (trunk) => delete trunk['allowed_addresses']);
  change('outbound-trunk.json', (trunk) => (trunk['address'] = 'sip:provider.tld'));
  const env = { LIVEKIT_URL: 'localhost', LIVEKIT_API_KEY: '', LIVEKIT_API_SECRET: 'your-secret' };
  const { exitCode, lines } = await setup({ env, args: [] });
  expect(exitCode).toBe(1);
  expect(lines).toEqual([
    expect.stringContaining('LIVEKIT_URL is "localhost", but'),
    expect.stringContaining('LIVEKIT_API_KEY is not set'),
    expect.stringContaining('LIVEKIT_API_SECRET is not set'),
    expect.stringContaining('trunk.numbers[0] is still the example'),
    expect.stringContaining('trunk.numbers[0] is still the example'),
    expect.stringContaining('a trunk with neither takes calls from anybody'),
    expect.stringContaining('without "sip:" in front'),
  ]);
  expect(Object.values(await onServer()).flat()).toEqual([]);
});

test('an env file that cannot be opened stops it before anything is changed', async () => {
  const { exitCode, lines } = await setup({ args: ['--allow-example-values', '--env', dir] });
  expect(exitCode).toBe(1);
  expect(lines).toEqual([expect.stringContaining('cannot be read')]);
  expect(Object.values(await onServer()).flat()).toEqual([]);
});

test('wrong usage is 2, help is 0', async () => {
  expect((await setup({ args: ['--force'] })).exitCode).toBe(2);
  const help = await setup({ args: ['--help'] });
  expect(help).toMatchObject({
    exitCode: 0,
    lines: expect.arrayContaining(['Usage: pnpm sip:setup [options]']),
  });
});
