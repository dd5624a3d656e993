/** Wrong input, as a person would give it: each gets one clear sentence that says what to do, and its exit code. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab } from '../lab/network/lab.ts';
import { usualScript } from '../lab/scenarios/scenario.ts';
import { prepare } from '../lab/setup/prepare.ts';

const main = join(import.meta.dirname, '..', 'agent', 'main.ts');
let lab: Lab;
let folder: string;

beforeAll(async () => {
  const tools = await prepare({ say: () => undefined });
  lab = await Lab.start({ tools, script: usualScript, worker: false });
  folder = mkdtempSync(join(tmpdir(), 'wrong-input-'));
}, 900_000);

afterAll(async () => {
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the worker in an empty folder, where no .env.local helps, with something wrong. */
function startWith(changes: Record<string, string | undefined>): { code: number; said: string } {
  const env = { PATH: process.env['PATH'], ...lab.workerEnv, ...changes };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'start'], {
    cwd: folder,
    env,
    timeout: 60_000,
    encoding: 'utf8',
  });
  return { code: status ?? -1, said: `${stdout}${stderr}`.trim() };
}

test('several faults of the environment are told at once, each with what to do', () => {
  const { code, said } = startWith({
    OPENAI_API_KEY: undefined,
    LIVEKIT_URL: 'http://example.com',
    HUMAN_NUMBER: '555-0123',
    SIP_OUTBOUND_TRUNK_ID: 'trunk-1',
  });
  expect(code).toBe(78);
  expect(said.split('\n')).toEqual([
    'The configuration has 4 faults. Mend .env.local (see .env.example), then start again:',
    '  - LIVEKIT_URL is not a usable address: it looks like wss://your-project.livekit.cloud.',
    '  - OPENAI_API_KEY is missing: copy it from platform.openai.com.',
    '  - SIP_OUTBOUND_TRUNK_ID is not a trunk id: it starts with ST_; `pnpm sip:setup` writes the right one.',
    '  - HUMAN_NUMBER is not a phone number: write it with country code, like +12025550123.',
  ]);
});

test('a directory file with a bad number is refused with its line', () => {
  const file = join(folder, 'directory.yaml');
  writeFileSync(
    file,
    'departments:\n  billing:\n    spokenName: billing\n    when: invoices\n    numbers: [12345]\n',
  );
  const { code, said } = startWith({ DIRECTORY_FILE: file });
  expect(code).toBe(78);
  expect(said).toContain('directory.yaml line 5: departments.billing.numbers.0 ');
  expect(said).toContain('write it with country code, like +12025550123, or ');
});

test('a server that is down', () => {
  const { code, said } = startWith({ LIVEKIT_URL: `ws://127.0.0.1:${lab.ports.stun}` });
  expect(code).toBe(69);
  expect(said).toBe(
    `LiveKit does not answer at ws://127.0.0.1:${lab.ports.stun}: check LIVEKIT_URL, and that the server runs and can be reached from here.`,
  );
});

test('a key that the server does not know', () => {
  const { code, said } = startWith({ LIVEKIT_API_SECRET: 'not-the-secret-of-this-server-at-all' });
  expect(code).toBe(78);
  expect(said).toContain('does not accept LIVEKIT_API_KEY and LIVEKIT_API_SECRET');
});

test('a trunk id that does not exist', () => {
  const { code, said } = startWith({ SIP_OUTBOUND_TRUNK_ID: 'ST_doesNotExist' });
  expect(code).toBe(78);
  expect(said).toBe(
    `There is no outbound trunk ST_doesNotExist at ${lab.url}: run \`pnpm sip:setup\`, which writes the right SIP_OUTBOUND_TRUNK_ID.`,
  );
});

test('a folder for messages that cannot be written', () => {
  const file = join(folder, 'not-a-folder');
  writeFileSync(file, '');
  const { code, said } = startWith({ DATA_DIR: file });
  expect(code).toBe(78);
  expect(said).toBe(
    `Messages of callers cannot be kept in ${join(file, 'messages')}: make it a folder that this user may write to, or name another as DATA_DIR.`,
  );
});
