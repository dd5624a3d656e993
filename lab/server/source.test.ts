import { mkdtemp, mkdir, readFile, rm, writeFile, chmod } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { edits } from './edits.ts';
import { goFiles, patchInputs, writePatchedSource } from './source.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-'));
});

afterEach(async () => {
  await chmod(join(folder, 'module/pkg/service'), 0o755).catch(() => undefined);
  await rm(folder, { recursive: true });
});

/** A module that consists of nothing but the texts that the edits look for, and is read-only as the module cache is. */
async function writeModule(): Promise<string> {
  const from = join(folder, 'module');
  const texts = new Map<string, string>();
  for (const { file, find } of edits) texts.set(file, (texts.get(file) ?? '') + find);
  await mkdir(join(from, 'pkg/rtc'), { recursive: true });
  for (const [file, text] of texts) {
    await mkdir(join(from, dirname(file)), { recursive: true });
    await writeFile(join(from, file), text, { mode: 0o444 });
  }
  await chmod(join(from, 'pkg/service'), 0o555);
  return from;
}

test('applies every edit and adds our files, without the tests', async () => {
  const to = join(folder, 'patched');
  await writePatchedSource({ from: await writeModule(), to });
  for (const { file, find, replace } of edits) {
    const text = await readFile(join(to, file), 'utf8');
    expect(text).toContain(replace);
    if (!replace.includes(find)) expect(text).not.toContain(find);
  }
  for (const { path, target } of await goFiles('program')) {
    expect(await readFile(join(to, target), 'utf8')).toBe(await readFile(path, 'utf8'));
  }
  for (const { target } of await goFiles('tests')) {
    expect(existsSync(join(to, target))).toBe(false);
  }
});

test('programs and tests are told apart, and only programs decide the build', async () => {
  const programs = await goFiles('program');
  const tests = await goFiles('tests');
  expect(programs.map(({ target }) => target)).toContain('pkg/service/move.go');
  expect(tests.map(({ target }) => target)).toContain('test/move_participant_test.go');
  const inputs = (await patchInputs()).join('\n');
  expect(inputs).toContain('func (m Move) Run() error');
  expect(inputs).not.toContain('func TestMove');
});
