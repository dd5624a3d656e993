/** Who ended by themselves is told from those who were asked to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProcessList } from './process-list.ts';

let directory: string;
let list: ProcessList;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'process-list-'));
  list = new ProcessList(directory);
});
afterEach(async () => {
  await list.stop();
  rmSync(directory, { recursive: true, force: true });
});

const start = (name: string, code: string) =>
  list.start({
    name,
    command: process.execPath,
    args: ['-e', code],
    isReady: () => Promise.resolve(true),
  });
const stay = 'setInterval(() => {}, 1000)';

test('a process that ends although nobody asked it to is noted, and how it ended', async () => {
  const [fails, is] = [
    await start('fails', `setTimeout(() => process.exit(3), 300)`),
    await start('is', stay),
  ];
  await fails.exited;
  process.kill(is.pid!, 'SIGKILL');
  await is.exited;
  expect(list.endedByThemselves).toEqual(['fails (exit code 3)', 'is (killed by SIGKILL)']);
});

test('those that were killed, asked to end, replaced or stopped are not', async () => {
  for (const name of ['killed', 'drained', 'replaced', 'stopped']) await start(name, stay);
  await list.killAlone('killed');
  await list.drained('drained');
  await list.without(
    'replaced',
    () => Promise.resolve(),
    () => start('replaced', stay),
  );
  await list.stop();
  expect(list.endedByThemselves).toEqual([]);
});
