import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CallFile, diedCalls, readCall, readCalls } from './call-file.ts';

let home: string;
let folder: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'calls-'));
  folder = join(home, 'calls');
});
afterEach(() => rmSync(home, { recursive: true }));

const open = (callId: string, room = 'call-1') => new CallFile({ folder, callId, room });
const path = (callId: string) => join(folder, `${callId}.json`);

/** Puts the call of another process on the disk. */
async function ofProcess(callId: string, changes: object): Promise<void> {
  await open(callId, `room of ${callId}`).write();
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
  await Promise.all([file.write(), file.write([{ role: 'user', text: 'Hello?' }])]);
  expect(await readCall(folder, 'AJ_1')).toEqual({
    callId: 'AJ_1',
    room: 'call-1',
    host: hostname(),
    pid: process.pid,
    parentPid: process.ppid,
    said: [{ role: 'user', text: 'Hello?' }],
  });
});

test('nobody else may read it', async () => {
  await open('AJ_1').write();
  expect(statSync(path('AJ_1')).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('it is removed after what was being written', async () => {
  const file = open('AJ_1');
  const written = file.write();
  await file.remove();
  await written;
  expect(existsSync(path('AJ_1'))).toBe(false);
});

test('a disk that does not take it says so, and takes it when it can', async () => {
  writeFileSync(folder, 'in the way');
  const file = open('AJ_1');
  await expect(file.write()).rejects.toThrow();
  rmSync(folder);
  await file.write();
  expect(await readCall(folder, 'AJ_1')).toBeDefined();
});

test('what cannot be read is passed over', async () => {
  expect(await readCalls(folder)).toEqual([]);
  await open('AJ_1').write();
  writeFileSync(path('AJ_2'), '{"callId":');
  writeFileSync(join(folder, 'AJ_3.json.part'), '{}');
  expect((await readCalls(folder)).map(({ callId }) => callId)).toEqual(['AJ_1']);
});

test('a call whose process is gone has died, one of this machine only', async () => {
  const pid = await deadPid();
  await open('AJ_1').write();
  await ofProcess('AJ_2', { pid });
  await ofProcess('AJ_3', { pid, host: 'elsewhere.example' });
  const rooms = new Set(['call-1', 'room of AJ_2', 'room of AJ_3']);
  expect([...(await diedCalls(folder, rooms))]).toEqual(['AJ_2']);
  expect(existsSync(path('AJ_2'))).toBe(true);
});

test('the file of a dead call goes with its room', async () => {
  const pid = await deadPid();
  await ofProcess('AJ_2', { pid });
  await open('AJ_1').write();
  await diedCalls(folder, new Set());
  expect(existsSync(path('AJ_2'))).toBe(false);
  expect(existsSync(path('AJ_1'))).toBe(true);
});
