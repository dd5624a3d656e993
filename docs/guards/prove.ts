/**
 * `node docs/guards/prove.ts [PART OF A LINE]`: takes each guard away, in a copy, and runs the test that is
 * said to fail without it. Exit code 1 when one passes all the same. Takes some minutes, so it is no part of the tests.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../print/pages.ts';
import { deadlines } from './deadlines.ts';
import { type Guard, without } from './guard.ts';
import { undos } from './undos.ts';
import { watches } from './watches.ts';

const guards = [...watches, ...deadlines, ...undos];

const say = (line: string) => process.stdout.write(`${line}\n`);
const copy = mkdtempSync(join(tmpdir(), 'guards-'));
for (const kept of ['agent', 'docs', 'package.json', 'tsconfig.json']) {
  cpSync(join(root, kept), join(copy, kept), { recursive: true });
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
const projects = `export default { test: { include: ['agent/**/*.test.ts'] } };\n`;
writeFileSync(join(copy, 'vitest.config.ts'), projects);

const asked = process.argv[2] ?? '';
const chosen = guards.filter(({ what, file }) => `${file}: ${what}`.includes(asked));
let unproven = 0;
try {
  if ((await failingTests(chosen.map(({ test }) => test.file))) > 0) {
    throw new Error('The tests fail before anything is taken away: mend them first.');
  }
  for (const guard of chosen) {
    const file = join(copy, 'agent', guard.file);
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, without(whole, guard));
    const isNoticed = (await failingTests([guard.test.file], guard.test.name)) > 0;
    writeFileSync(file, whole);
    if (!isNoticed) unproven++;
    say(`${isNoticed ? '✓' : '✗ NOT NOTICED'} ${guard.kind} ${guard.file}: ${guard.what}`);
  }
} finally {
  rmSync(copy, { recursive: true });
}
say(`${chosen.length - unproven} of ${chosen.length} are guarded.`);
process.exit(unproven === 0 ? 0 : 1);

/** How many tests of these files fail, of those with `name` in theirs. A file that does not load fails, too. */
function failingTests(files: readonly Guard['file'][], name?: string): Promise<number> {
  const vitest = join(copy, 'node_modules', 'vitest', 'vitest.mjs');
  const pattern = name?.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%s', '.*');
  const args = [...new Set(files)].map((file) => join('agent', file));
  const only = pattern === undefined ? [] : ['-t', pattern];
  return new Promise((resolve) => {
    const run = spawn(process.execPath, [vitest, 'run', ...args, ...only], {
      cwd: copy,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    run.once('exit', (code) => resolve(code === 0 ? 0 : 1));
  });
}
