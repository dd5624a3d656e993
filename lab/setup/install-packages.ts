/**
 * Installs missing system packages on Debian and Ubuntu, when that needs no password: as root, or with sudo that does not ask.
 * prepare.ts calls it. It never prompts, also not in CI, and it leaves every other platform to the person.
 */

import { readdirSync } from 'node:fs';
import { execa } from 'execa';
import { findProgram } from './find-program.ts';
import { withProgress, type Say } from './progress.ts';
import { SetupError } from './setup-error.ts';
import { tailOf } from './build-output.ts';
import { currentPlatform, installLine, type Requirement } from './system-packages.ts';

/** How long another apt may keep its lock before we give up. */
const aptLockLimitS = 300;
const installLimitMs = 15 * 60_000;

/** Installs what is missing, or throws a SetupError that says how to do it by hand. */
export async function installMissing(
  missing: readonly Requirement[],
  { say }: { say: Say },
): Promise<void> {
  const platform = currentPlatform();
  const line = installLine(missing, platform);
  const prefix = platform === 'debian' ? await rootPrefix() : undefined;
  if (!prefix) throw new SetupError(line);

  const packages = [...new Set(missing.map((requirement) => requirement.packages.debian))];
  await withProgress({ say, label: `installing ${packages.join(', ')}` }, async () => {
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    if (hasPackageLists() && (await aptGet(prefix, install)).exitCode === 0) return;
    // Lists that are missing or out of date are the usual reason, so fetch them and try once more.
    await aptGet(prefix, ['update']);
    const second = await aptGet(prefix, install);
    if (second.exitCode !== 0) {
      throw new SetupError(`apt-get could not install them:\n${tailOf(second.output)}\n${line}`);
    }
  });
}

async function aptGet(
  prefix: string[],
  args: string[],
): Promise<{ exitCode: number | undefined; output: string }> {
  const command = [
    ...prefix,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-o',
    `DPkg::Lock::Timeout=${aptLockLimitS}`,
    ...args,
  ];
  const [program = 'env', ...rest] = command;
  const { exitCode, all } = await execa(program, rest, {
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: installLimitMs,
  });
  return { exitCode, output: all };
}

/** What to put before a command so that it runs as root: nothing, sudo, or undefined when it would need a password. */
async function rootPrefix(): Promise<string[] | undefined> {
  if (!findProgram('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  const sudo = findProgram('sudo');
  if (!sudo) return undefined;
  const { exitCode } = await execa(sudo, ['-n', 'true'], { reject: false });
  return exitCode === 0 ? [sudo, '-n'] : undefined;
}

function hasPackageLists(): boolean {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    return false;
  }
}
