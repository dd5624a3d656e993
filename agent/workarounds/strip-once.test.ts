/** A process that is started with strip-once.mjs: what it runs, and what it keeps for the next one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'strip-once-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const kept = () => readdirSync(join(folder, 'stripped'));

/** Runs a TypeScript program of this text. @param into where stripped code is kept. */
function run(text: string, into = join(folder, 'stripped')) {
  const program = join(folder, 'program.ts');
  writeFileSync(program, text);
  const hook = new URL('strip-once.mjs', import.meta.url);
  hook.searchParams.set('folder', into);
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', hook.href, program], {
    encoding: 'utf8',
  });
  return { stdout: stdout.trim(), stderr };
}

test('code runs without its types, and an error names the line of the file', () => {
  const { stdout, stderr } = run(
    'type A = {\n  b: string;\n};\nconsole.log(1 as number);\nthrow new Error();',
  );
  expect(stdout).toBe('1');
  expect(stderr).toContain('program.ts:5:7');
});

test('the next process finds what the first has stripped, and one with other code does not take it', () => {
  expect(run('console.log("first" as string);').stdout).toBe('first');
  const [file] = kept();
  const path = join(folder, 'stripped', file!);
  writeFileSync(path, readFileSync(path, 'utf8').replace('first', 'found'));
  expect(run('console.log("first" as string);').stdout).toBe('found');
  expect(run('console.log("other" as string);').stdout).toBe('other');
  expect(kept()).toHaveLength(2);
});

test('a folder that takes nothing costs no call', () => {
  expect(run('console.log(1 as number);', '/dev/null/nowhere').stdout).toBe('1');
});
