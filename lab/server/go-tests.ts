/**
 * Runs the Go tests of MoveParticipant against the patched livekit-server, on loopback. test/move-participant.test.ts calls it.
 * They take about 15 s, and a minute more when Go has not compiled them before.
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findGo, runGo } from '../setup/go-toolchain.ts';
import type { Say } from '../setup/progress.ts';
import { buildLivekitServer } from '../setup/server-builds.ts';
import { goFiles, type GoFile } from './source.ts';

const testLimitS = 240;

export interface GoTestRun {
  isPassed: boolean;
  /** What `go test -v` printed. */
  output: string;
}

/** Runs all our Go tests, and only ours: livekit-server's own tests are not our business. */
export async function runGoTests({ say }: { say: Say }): Promise<GoTestRun> {
  const go = await findGo();
  const { source } = await buildLivekitServer(go, { say });
  const folder = await mkdtemp(join(tmpdir(), 'livekit-server-tests-'));
  try {
    // An overlay adds the tests to the source without a copy, so they can change without a new build of the server.
    const overlay = join(folder, 'overlay.json');
    const tests = await goFiles('tests');
    const entries = tests.map(({ path, target }) => [join(source, target), path]);
    await writeFile(overlay, JSON.stringify({ Replace: Object.fromEntries(entries) }));
    const packages = [...new Set(tests.map(({ target }) => `./${join(target, '..')}`))];
    const args = [
      'test',
      '-trimpath',
      '-buildvcs=false',
      `-overlay=${overlay}`,
      '-count=1',
      '-v',
      `-timeout=${testLimitS}s`,
      `-run=^(${(await testNames(tests)).join('|')})$`,
      ...packages,
    ];
    // Longer than the tests' own limit, so that Go can say which test hangs; compiling comes on top.
    const limitMs = (testLimitS + 360) * 1000;
    const { exitCode, output } = await runGo(go, args, { cwd: source, limitMs });
    return { isPassed: exitCode === 0, output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function testNames(files: GoFile[]): Promise<string[]> {
  const texts = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')));
  return texts.flatMap((text) =>
    [...text.matchAll(/^func (Test\w+)\(t \*testing\.T\)/gm)].map((match) => match[1] ?? ''),
  );
}
