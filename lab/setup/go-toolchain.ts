/** Finds Go and runs it, without what the person's own Go settings would change in a build. */

import { execa } from 'execa';
import { findProgram } from './find-program.ts';
import { goVersionNeeded } from './pins.ts';
import { SetupError } from './setup-error.ts';

export interface GoToolchain {
  path: string;
  /** As `go env GOVERSION` prints it, for example `go1.26.8`. */
  version: string;
}

/** Returns the installed Go, or throws a SetupError when there is none or it is too old. */
export async function findGo(): Promise<GoToolchain> {
  const needed = `${goVersionNeeded.major}.${goVersionNeeded.minor}`;
  const path = findProgram('go');
  if (!path) throw new SetupError(installGoLine('it is not installed', needed));
  const { stdout, exitCode } = await execa(path, ['env', 'GOVERSION'], { reject: false });
  const version = stdout.trim();
  if (exitCode !== 0 || !isNewEnough(version)) {
    throw new SetupError(installGoLine(`${path} is ${version || 'broken'}`, needed));
  }
  return { path, version };
}

function installGoLine(found: string, needed: string): string {
  const how =
    process.platform === 'darwin'
      ? 'brew install go'
      : 'https://go.dev/dl/ has it (distributions are often behind)';
  return `The lab needs Go ${needed} or newer to build its two servers, and ${found}. Install it, then run again: ${how}`;
}

/** Tells whether a version such as `go1.26.8` or `go1.27rc1` is one that can build the servers. */
export function isNewEnough(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  if (Number(major) !== goVersionNeeded.major) return Number(major) > goVersionNeeded.major;
  return Number(minor) >= goVersionNeeded.minor;
}

export interface GoRun {
  exitCode: number | undefined;
  stdout: string;
  /** Both outputs, in the order in which they came. */
  output: string;
}

/** Runs a go command to its end. `limitMs` ends it, and everything that it started. */
export async function runGo(
  go: GoToolchain,
  args: string[],
  { cwd, limitMs }: { cwd: string; limitMs: number },
): Promise<GoRun> {
  const { exitCode, stdout, all, timedOut } = await execa(go.path, args, {
    cwd,
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: limitMs,
    // The pinned module's own go.mod and go.sum decide, not a workspace or a flag that the person uses elsewhere.
    env: { GOFLAGS: '', GOWORK: 'off' },
  });
  const note = timedOut ? `\nstopped after ${limitMs / 1000} s` : '';
  return { exitCode, stdout, output: all + note };
}
