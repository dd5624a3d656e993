/** `pnpm doctor` on a real server: what it finds, mends and leaves alone, and its exit codes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoomConfiguration, SipClient } from 'livekit-server-sdk';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { broken, notImplemented } from '../lab/network/api-proxy.ts';
import { Lab } from '../lab/network/lab.ts';
import { answersSoon } from '../lab/scenarios/leaving.ts';
import { lines, usualScript } from '../lab/scenarios/scenario.ts';
import { Stage } from '../lab/scenarios/stage.ts';
import { prepare } from '../lab/setup/prepare.ts';

const main = join(import.meta.dirname, '..', 'doctor', 'main.ts');
const mark = '{"app":"livekit-warm-transfer","kind":"call"}';
const consultMark = JSON.stringify({
  app: 'livekit-warm-transfer',
  kind: 'consultation',
  callId: 'AJ_1',
  callRoom: 'call-lost',
  human: 'human-AJ_1-1',
  ai: 'agent-AJ_1-1',
});
let lab: Lab;
let folder: string;

beforeAll(async () => {
  const tools = await prepare({ say: () => undefined });
  lab = await Lab.start({ tools, script: usualScript, worker: false, faultyApi: true });
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
}, 900_000);

afterAll(async () => {
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true });
});

afterEach(async () => {
  lab.api!.heal();
  for (const { name } of await lab.rooms.listRooms()) await lab.rooms.deleteRoom(name);
});

/** Not synchronously, because the receiver of messages and the proxy before the server run in this process. */
async function strictDoctor(changes: Record<string, string | undefined> = {}, ...args: string[]) {
  const env = { PATH: process.env['PATH'], ...lab.workerEnv, ...changes };
  // In an empty folder, where no .env.local helps.
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

/** The phones of the lab have numbers that exist for documentation. */
const doctor = (changes: Record<string, string | undefined> = {}, ...args: string[]) =>
  strictDoctor(changes, '--allow-example-values', ...args);

const problems = (said: string) => said.split('\n').filter((line) => line.startsWith('✗'));

test('a project in which all is well', async () => {
  const { code, said } = await doctor();
  expect(problems(said)).toEqual([]);
  expect(said).toContain('✓ merge: the server moves participants between rooms');
  expect(said).toMatch(/All is well\.\n$/);
  expect(code).toBe(0);
  // Neither rtc-node nor the SDK says anything beside it.
  expect(said.split('\n').filter((line) => !/^(✓ .+|All is well\.|)$/.test(line))).toEqual([]);
  expect(await lab.rooms.listRooms()).toEqual([]);
});

test('numbers that exist for documentation are no numbers of anybody', async () => {
  const { code, said } = await strictDoctor();
  expect(problems(said)[0]).toMatch(/^✗ configuration: HUMAN_NUMBER is still the example \+1/);
  expect(code).toBe(1);
});

test('what .env.example has in the place of keys is not tried', async () => {
  const { code, said } = await strictDoctor({ LIVEKIT_API_KEY: 'your-livekit-key' });
  expect(said).toContain('✗ configuration: LIVEKIT_API_KEY is still the example your-livekit-key');
  expect(said).toContain('Without these nothing else can be looked at');
  expect(code).toBe(1);
});

test('whether a server merges that breaks when it is asked to is not known', async () => {
  lab.api!.intercept('MoveParticipant', { isCarriedOut: false, answer: broken });
  const { code, said } = await doctor();
  expect(problems(said)).toEqual([
    '✗ merge: it could not be found out whether the server moves participants (status 500: broken on purpose)',
  ]);
  expect(code).toBe(1);
  expect(await lab.rooms.listRooms()).toEqual([]);
});

test('a server that lists no trunks, and one that lists no rooms any more', async () => {
  lab.api!.intercept('ListSIPDispatchRule', { isCarriedOut: false, answer: broken });
  const { code, said } = await doctor();
  expect(problems(said)).toEqual([
    '✗ SIP: the server does not list trunks and rules (status 500: broken on purpose)',
  ]);
  expect(code).toBe(1);
  lab.api!.intercept('ListRooms', { isCarriedOut: false, answer: broken });
  const away = await doctor();
  expect(problems(away.said)).toEqual([`✗ server: ${lab.api!.url} answers 500`]);
  expect(away.code).toBe(69);
});

test('a rule of somebody else that takes our calls, and a trunk of theirs', async () => {
  const sip = new SipClient(lab.url, lab.credentials.apiKey, lab.credentials.apiSecret);
  const [ours] = await sip.listSipInboundTrunk();
  const theirs = await sip.createSipInboundTrunk('theirs', ['+12025550188']);
  // The PIN puts it before ours, and without one the server would not have two rules for one trunk.
  const rule = await sip.createSipDispatchRule(
    { type: 'individual', roomPrefix: 'theirs-', pin: '1234' },
    {
      name: 'theirs',
      trunkIds: [ours!.sipTrunkId, theirs.sipTrunkId],
      roomConfig: new RoomConfiguration({ agents: [{ agentName: 'other' }] }),
    },
  );
  const { said } = await doctor();
  await sip.deleteSipDispatchRule(rule.sipDispatchRuleId);
  await sip.deleteSipTrunk(theirs.sipTrunkId);
  expect(problems(said)).toEqual([
    `✗ inbound trunk ${ours!.sipTrunkId}: calls to ${ours!.numbers[0]} go to rule ${rule.sipDispatchRuleId} (agent other), not to support-agent`,
    expect.stringContaining(`✗ inbound trunk ${theirs.sipTrunkId}: "theirs" is not this agent's`),
  ]);
});

test('everything that is wrong is said at once', async () => {
  const sip = new SipClient(lab.url, lab.credentials.apiKey, lab.credentials.apiSecret);
  const open = await sip.createSipInboundTrunk('left open', ['+12025550188']);
  lab.api!.intercept('MoveParticipant', { isCarriedOut: false, answer: notImplemented });
  const { code, said } = await doctor({
    AGENT_NAME: 'other-agent',
    HUMAN_NUMBER: '5550123',
    SIP_OUTBOUND_TRUNK_ID: 'ST_gone',
    MESSAGE_WEBHOOK_URL: `http://127.0.0.1:${lab.ports.stun}/`,
  });
  await sip.deleteSipTrunk(open.sipTrunkId);
  expect(problems(said)).toEqual([
    expect.stringContaining('✗ configuration: HUMAN_NUMBER is not a phone number'),
    expect.stringContaining(`✗ inbound trunk ${open.sipTrunkId}: "left open" is not protected`),
    expect.stringContaining(`✗ inbound trunk ${open.sipTrunkId}: "left open" has no dispatch rule`),
    expect.stringContaining('✗ outbound trunk ST_gone: there is no such trunk'),
    expect.stringContaining('✗ dispatch rule: none names this agent, other-agent; those that'),
    expect.stringContaining('✗ merge: the server does not implement MoveParticipant'),
    expect.stringMatching(/no answer \(.*ECONNREFUSED/),
  ]);
  expect(said).toMatch(/7 to mend\.\n$/);
  expect(code).toBe(1);
});

test('a key that the server does not know', async () => {
  const { code, said } = await doctor({
    LIVEKIT_API_SECRET: 'not-the-secret-of-this-server-at-all',
  });
  expect(problems(said)).toEqual([`✗ credentials: ${lab.api!.url} refuses them`]);
  expect(said).not.toContain('not-the-secret');
  expect(code).toBe(1);
});

test('a server that is down', async () => {
  const url = `ws://127.0.0.1:${lab.ports.stun}`;
  const { code, said } = await doctor({ LIVEKIT_URL: url });
  expect(problems(said)).toEqual([
    expect.stringMatching(`^✗ server: nothing answers at ${url} \\(.*ECONNREFUSED`),
  ]);
  expect(code).toBe(69);
});

test('without credentials it says what is missing', async () => {
  const { code, said } = await doctor({ LIVEKIT_API_KEY: undefined });
  expect(said).toContain('✗ configuration: LIVEKIT_API_KEY is missing');
  expect(code).toBe(1);
});

test('rooms that were left behind are named, and ended with --fix; others are not touched', async () => {
  const marks: Record<string, string> = {
    'call-lost': mark,
    'consult-AJ_1-1': consultMark,
    'consult-AJ_2-1': '',
    meeting: '',
  };
  const names = Object.keys(marks);
  for (const name of names) {
    await lab.rooms.createRoom({ name, metadata: marks[name]!, emptyTimeout: 600 });
  }
  const rooms = async () => (await lab.rooms.listRooms()).map(({ name }) => name).toSorted();
  const young = await doctor({}, '--fix');
  expect(young.said).toContain('✓ rooms: none was left behind');
  expect(young.said).not.toContain('Waiting');
  expect(await rooms()).toEqual(names);

  const seen = await doctor({}, '--older-than', '0');
  expect(problems(seen.said)).toEqual([
    '✗ rooms: call-lost has lost its AI; nobody is in it',
    '✗ rooms: consult-AJ_1-1 has lost its AI; nobody is in it',
  ]);
  expect(seen.code).toBe(1);
  expect(await rooms()).toEqual(names);

  const fixed = await doctor({}, '--fix', '--older-than', '0');
  expect(fixed.said).toMatch(/^Waiting 12 s, because a guardian may be sending another AI there/);
  expect(fixed.said).toContain('✓ rooms: call-lost was ended');
  expect(fixed.code).toBe(0);
  expect(await rooms()).toEqual(['consult-AJ_2-1', 'meeting']);
});

test('a room to which a guardian sends another AI meanwhile is not ended', async () => {
  const room = 'call-lost';
  await lab.rooms.createRoom({ name: room, metadata: mark, emptyTimeout: 600 });
  const looks = lab.api!.intercept('ListParticipants', {});
  const running = doctor({}, '--fix', '--older-than', '0');
  await looks.first(20_000);
  await lab.rooms.updateRoomMetadata(room, mark.replace('}', ',"losses":1,"rescuer":"another"}'));
  const { code, said } = await running;
  expect(problems(said)).toEqual([`✗ rooms: ${room} has lost its AI; nobody is in it`]);
  expect(said).toContain('another AI may be on its way');
  expect(code).toBe(1);
  expect((await lab.rooms.listRooms()).map(({ name }) => name)).toEqual([room]);
});

test('a call that goes its way is not taken for one that was left behind; one whose worker died is', async () => {
  await lab.startWorker();
  const stage = new Stage(lab);
  stage.humanPhone.whenCalled(answersSoon);
  await stage.callerAsks(lines.ask);
  await stage.humanIsBriefed();
  const fix = () => doctor({}, '--fix', '--older-than', '0');
  expect((await fix()).said).toContain('✓ rooms: none was left behind');
  await stage.presses('human', '1');
  await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
  expect((await fix()).said).toContain('✓ rooms: none was left behind');

  const limits = { timeout: 90_000, interval: 1_000 };
  const saidNow = async () => (await fix()).said;
  await lab.processes.without(
    'worker',
    async () => {
      await expect.poll(saidNow, limits).toContain('has lost its AI; 2 people are in it');
      expect(stage.humanCall!.state).toBe('answered');
      stage.callerCall!.hangUp();
      await expect.poll(saidNow, limits).toContain('was ended');
      await stage.humanCall!.ended;
      expect(await lab.rooms.listRooms()).toEqual([]);
    },
    async () => undefined,
  );
  stage.close();
});

test.each([[['--older-than', 'soon']], [['--mend']], [['now']]])(
  'wrong usage: %j',
  async (args) => {
    const { code, said } = await doctor({}, ...args);
    expect(said).toContain('Usage: pnpm doctor');
    expect(code).toBe(2);
  },
);

test('--help', async () => {
  const { code, said } = await doctor({}, '--help');
  expect(said).toContain('Exit code: 0 all is well');
  expect(code).toBe(0);
});
