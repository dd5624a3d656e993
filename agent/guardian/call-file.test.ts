import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallEvent } from '../call-events.ts';
import { limits } from '../limits.ts';
import { CallFile, diedCalls, readCall, readCalls, settle } from './call-file.ts';
import type * as Machine from './machine.ts';
import { beginOf, machine } from './machine.ts';

const recorded: (CallEvent & { callId: string })[] = [];
vi.mock('../call-events.ts', () => ({
  recorder: (callId: string) => (event: CallEvent) => void recorded.push({ callId, ...event }),
}));

vi.mock('./machine.ts', async (original) => {
  const real = await original<typeof Machine>();
  return { ...real, beginOf: vi.fn(real.beginOf) };
});

let home: string;
let folder: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'calls-'));
  folder = join(home, 'calls');
  recorded.length = 0;
});
afterEach(() => rmSync(home, { recursive: true }));

const open = (callId: string, room = 'call-1') => new CallFile({ folder, callId, room });
/** A container that shares the name of its host. */
const elsewhere = `${hostname()} and other processes`;
const path = (callId: string) => join(folder, `${callId}.json`);

/** Puts the call of another process on the disk. */
async function ofProcess(callId: string, changes: object): Promise<void> {
  open(callId, `room of ${callId}`).write();
  const call = JSON.parse(readFileSync(path(callId), 'utf8')) as object;
  writeFileSync(path(callId), JSON.stringify({ ...call, ...changes }));
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid!;
}

test('says whose the call is, and the newest of what was said', async () => {
  const file = open('AJ_1');
  file.write();
  file.write({ said: [{ role: 'user', text: 'Hello?' }] });
  expect(await readCall(folder, 'AJ_1')).toEqual({
    callId: 'AJ_1',
    room: 'call-1',
    machine,
    pid: process.pid,
    begin: beginOf(process.pid),
    parentPid: process.ppid,
    said: [{ role: 'user', text: 'Hello?' }],
  });
});

test('nobody else may read it', async () => {
  open('AJ_1').write();
  expect(statSync(path('AJ_1')).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('it is removed for good, whatever is said while the call ends', async () => {
  const file = open('AJ_1');
  file.write();
  file.remove();
  file.write({ said: [{ role: 'assistant', text: 'Good' }] });
  expect(existsSync(path('AJ_1'))).toBe(false);
});

test('what a process had begun to write when it died is removed after a while, and so is the call of another machine', async () => {
  await ofProcess('AJ_2', { machine: elsewhere });
  writeFileSync(join(folder, 'AJ_3.json.part'), '{}');
  writeFileSync(path('AJ_4'), '{"host":"of an older version"}');
  await diedCalls(folder, new Set());
  expect(readdirSync(folder)).toHaveLength(3);
  const longAgo = new Date(Date.now() - limits.leftFileMs - 1_000);
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), longAgo, longAgo);
  await diedCalls(folder, new Set(['room of AJ_2']));
  expect(readdirSync(folder)).toEqual(['AJ_2.json']);
  await diedCalls(folder, new Set());
  expect(readdirSync(folder)).toEqual([]);
  expect(recorded).toEqual([{ callId: 'AJ_2', type: 'callEnded', cause: 'jobLost' }]);
});

test('a disk that does not take it says so, and takes it when it can', async () => {
  writeFileSync(folder, 'in the way');
  const file = open('AJ_1');
  expect(() => file.write()).toThrow();
  rmSync(folder);
  file.write();
  expect(await readCall(folder, 'AJ_1')).toBeDefined();
});

test('what cannot be read is passed over', async () => {
  expect(await readCalls(folder)).toEqual([]);
  open('AJ_1').write();
  writeFileSync(path('AJ_2'), '{"callId":');
  writeFileSync(join(folder, 'AJ_3.json.part'), '{}');
  expect((await readCalls(folder)).map(({ callId }) => callId)).toEqual(['AJ_1']);
});

test('a call whose process is gone has died, one of this machine only', async () => {
  const pid = await deadPid();
  open('AJ_1').write();
  await ofProcess('AJ_2', { pid });
  await ofProcess('AJ_3', { pid, machine: elsewhere });
  const rooms = new Set(['call-1', 'room of AJ_2', 'room of AJ_3']);
  expect([...(await diedCalls(folder, rooms)).keys()]).toEqual(['AJ_2']);
  expect(existsSync(path('AJ_2'))).toBe(true);
});

test('a process of which nothing can be read is not dead', async () => {
  await ofProcess('AJ_2', { pid: process.pid, begin: '1' });
  vi.mocked(beginOf).mockReturnValueOnce(undefined);
  expect([...(await diedCalls(folder, new Set(['room of AJ_2']))).keys()]).toEqual([]);
});

test('a process that has the id of a dead one does not make it live', async () => {
  await ofProcess('AJ_2', { pid: process.pid, begin: '1' });
  await ofProcess('AJ_3', { pid: process.pid });
  const rooms = new Set(['room of AJ_2', 'room of AJ_3']);
  expect([...(await diedCalls(folder, rooms)).keys()]).toEqual(['AJ_2']);
});

test('the file of a dead call goes with its room', async () => {
  const pid = await deadPid();
  await ofProcess('AJ_2', { pid });
  open('AJ_1').write();
  await diedCalls(folder, new Set());
  expect(existsSync(path('AJ_2'))).toBe(false);
  expect(existsSync(path('AJ_1'))).toBe(true);
});

describe('what a dead process could not put on record', () => {
  const cancelled = {
    callId: 'AJ_2',
    type: 'transferEnded',
    attempt: 'AJ_2-1',
    outcome: 'cancelled',
    blame: 'us',
  };
  const ended = { callId: 'AJ_2', type: 'callEnded', cause: 'jobLost' };

  test('is the end of its transfer and of the call', async () => {
    await ofProcess('AJ_2', { pid: await deadPid(), attempt: 'AJ_2-1' });
    await diedCalls(folder, new Set());
    expect(recorded).toEqual([cancelled, ended]);
  });

  test('is the end of the call alone, when no transfer was under way', async () => {
    await ofProcess('AJ_2', { pid: await deadPid() });
    await diedCalls(folder, new Set());
    expect(recorded).toEqual([ended]);
  });

  test('is nothing while its room is there', async () => {
    await ofProcess('AJ_2', { pid: await deadPid(), attempt: 'AJ_2-1' });
    await diedCalls(folder, new Set(['room of AJ_2']));
    expect(recorded).toEqual([]);
  });

  test('is the end of its transfer alone, when another AI goes on', async () => {
    await ofProcess('AJ_2', { attempt: 'AJ_2-1' });
    settle(folder, (await readCall(folder, 'AJ_2'))!, 'resumed');
    expect(recorded).toEqual([cancelled]);
    expect(existsSync(path('AJ_2'))).toBe(false);
  });

  test('is nothing when it has recorded the end itself', async () => {
    await ofProcess('AJ_2', { pid: await deadPid(), isEnded: true });
    await diedCalls(folder, new Set());
    expect(recorded).toEqual([]);
  });

  test('is put there once, by however many', async () => {
    await ofProcess('AJ_2', { pid: await deadPid() });
    await Promise.all([1, 2, 3, 4].map(() => diedCalls(folder, new Set())));
    expect(recorded).toEqual([ended]);
  });
});
