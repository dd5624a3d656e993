/** `pnpm guardian`: a guardian without a worker, on a real server, as a person or a deployment starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { Lab } from '../lab/network/lab.ts';
import { usualScript } from '../lab/scenarios/scenario.ts';
import { prepare } from '../lab/setup/prepare.ts';

const main = join(import.meta.dirname, '..', 'agent', 'guardian', 'main.ts');
const limitMs = 30_000;
let lab: Lab;
let folder: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  const tools = await prepare({ say: () => undefined });
  lab = await Lab.start({ tools, script: usualScript, worker: false, webhooks: true });
  folder = mkdtempSync(join(tmpdir(), 'guardian-'));
}, 900_000);

afterAll(async () => {
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true });
});

afterEach(() => started.splice(0).forEach((child) => child.kill('SIGKILL')));

/** Starts it in an empty folder, where no .env.local helps, with what it needs and nothing else. */
function guardian(changes: Record<string, string | undefined> = {}) {
  const { url, apiKey, apiSecret } = lab.credentials;
  const server = { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret };
  const env = { PATH: process.env['PATH'], ...server, ...changes };
  const child = spawn(process.execPath, [main], { cwd: folder, env });
  started.push(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => void lines.push(text));
  }
  return { child, said: () => lines.join('') };
}

const mark = {
  app: 'livekit-warm-transfer',
  kind: 'consultation',
  callId: 'AJ_0',
  callRoom: 'call-0',
};
const metadata = JSON.stringify({ ...mark, human: 'human-AJ_0-1', ai: 'agent-AJ_0-1' });
const roomsLeft = async () => (await lab.rooms.listRooms()).map(({ name }) => name);

test('ends what has outlived its call, leaves alone what is not ours, and ends when it is told to', async () => {
  await lab.rooms.createRoom({ name: 'consult-AJ_0-1', emptyTimeout: 600, metadata });
  await lab.rooms.createRoom({ name: 'of somebody else', emptyTimeout: 600 });
  const { child, said } = guardian();
  await vi.waitFor(async () => expect(await roomsLeft()).toEqual(['of somebody else']), limitMs);
  expect(said()).toContain('its call is over');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  await lab.rooms.deleteRoom('of somebody else');
});

test('ends a call that no worker takes: the caller hears ringing, and then that the line is busy', async () => {
  const { said } = guardian();
  // It looks at the rooms from now on.
  await lab.rooms.createRoom({ name: 'consult-AJ_0-5', emptyTimeout: 600, metadata });
  await vi.waitFor(async () => expect(await roomsLeft()).toEqual([]), limitMs);
  const call = lab.phones.caller.dial({ to: lab.sipAddress, ...lab.sipUser });
  expect(await call.ended).toMatchObject({ by: 'them', how: 'rejected', status: 486 });
  // sip/inbound-trunk.json has 30 s; a number bought from LiveKit has no trunk, and would ring for three minutes.
  expect(call.endedAtMs! - call.ringingAtMs!).toBeLessThan(29_500);
  await vi.waitFor(() => expect(said()).toContain('nobody has answered it'), limitMs);
});

test('goes on when nobody reads what it prints', async () => {
  const { child } = guardian();
  for (const stream of [child.stdout, child.stderr]) stream.destroy();
  // It has something to print for each.
  for (const name of ['consult-AJ_0-3', 'consult-AJ_0-4']) {
    await lab.rooms.createRoom({ name, emptyTimeout: 600, metadata });
    await vi.waitFor(async () => expect(await roomsLeft()).toEqual([]), limitMs);
  }
  expect(child.exitCode).toBeNull();
});

test("takes the webhooks of the project's own server", async () => {
  const { said } = guardian({
    GUARDIAN_WEBHOOK_PORT: String(lab.ports.webhook),
    LOG_LEVEL: 'debug',
  });
  await vi.waitFor(
    async () => expect((await fetch(`http://127.0.0.1:${lab.ports.webhook}`)).status).toBe(405),
    limitMs,
  );
  await lab.rooms.createRoom({ name: 'consult-AJ_0-2', emptyTimeout: 600, metadata });
  await lab.rooms.deleteRoom('consult-AJ_0-2');
  await vi.waitFor(() => expect(said()).toContain('a webhook of LiveKit was taken'), limitMs);
  expect(said()).not.toContain('was refused');
});

test('says at once all that it lacks', async () => {
  const { child, said } = guardian({ LIVEKIT_URL: undefined, GUARDIAN_WEBHOOK_PORT: 'here' });
  expect(await once(child, 'close')).toEqual([78, null]);
  expect(said()).toContain('The configuration has 2 faults.');
  expect(said()).toContain('LIVEKIT_URL is missing');
  expect(said()).toContain('GUARDIAN_WEBHOOK_PORT is not a port number');
});
