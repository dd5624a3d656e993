/** The end of a drain, with real processes: those who have calls of this worker are told, and nobody else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializeLogger } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { machine } from './guardian/machine.ts';
import { limits } from './limits.ts';
import { WIND_UP, drainMs, windUpAfter } from './wind-up.ts';

let folder: string;
const jobs: ChildProcess[] = [];
beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => mkdirSync((folder = join(mkdtempSync(join(tmpdir(), 'wind-up-')), 'calls'))));
afterEach(() => {
  for (const job of jobs.splice(0)) job.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A process that says when it is told to wind up, and is on the disk as a job. */
async function job(callId: string, parentPid = process.pid): Promise<string[]> {
  const program = `process.on('${WIND_UP}', () => console.log('told')); setInterval(() => 0, 1e6); console.log('ready')`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  jobs.push(child);
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(text.trim()));
  await once(child.stdout, 'data');
  const call = { callId, room: 'call-1', machine, pid: child.pid, parentPid, said: [] };
  writeFileSync(join(folder, `${callId}.json`), JSON.stringify(call));
  return lines;
}

test('calls of this worker are told, those of others are not', async () => {
  const [ours, others] = [await job('AJ_1'), await job('AJ_2', 1)];
  writeFileSync(
    join(folder, 'AJ_3.json'),
    JSON.stringify({
      callId: 'AJ_3',
      room: '',
      machine,
      pid: 2 ** 22 + 1,
      parentPid: process.pid,
      said: [],
    }),
  );
  const signals = new EventEmitter();
  windUpAfter({ afterMs: 0, callsFolder: folder, signals });
  signals.emit('SIGTERM');
  await vi.waitFor(() => expect(ours).toEqual(['ready', 'told']), 5_000);
  expect(others).toEqual(['ready']);
});

test('the SDK waits until they have had time to end', () => {
  expect(drainMs(60)).toBe(60_000 + limits.windUpMs);
});
