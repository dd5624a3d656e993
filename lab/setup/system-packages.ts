/**
 * The programs and headers that the lab takes from the system, and the words that say how to get them. prepare.ts checks them
 * and, on Debian and Ubuntu, has install-packages.ts install what is missing. Fedora and macOS are best effort: the names are
 * right to our knowledge, but were not tried. Go is not here: distributions ship it too old (see go-toolchain.ts).
 */

import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { findProgram } from './find-program.ts';

export type Platform = 'debian' | 'fedora' | 'macos' | 'other';

/** Something the system has to provide: a program, or a library with its headers. */
export interface Requirement {
  name: string;
  /** Any one of these in PATH will do. */
  programs?: string[];
  /** The name that pkg-config knows it by. */
  library?: string;
  /** The package that brings it; '' where it comes with the system or by the note in `installLine`. */
  packages: { debian: string; fedora: string; macos: string };
}

/** livekit-sip's cgo asks pkg-config for opus, opusfile and soxr: `go list -deps -f '{{.CgoPkgConfig}}' ./cmd/livekit-sip`. */
export const requirements: readonly Requirement[] = [
  {
    name: 'redis-server',
    programs: ['redis-server', 'valkey-server'],
    packages: { debian: 'redis-server', fedora: 'valkey', macos: 'redis' },
  },
  {
    name: 'espeak-ng',
    programs: ['espeak-ng'],
    packages: { debian: 'espeak-ng', fedora: 'espeak-ng', macos: 'espeak-ng' },
  },
  {
    name: 'baresip',
    programs: ['baresip'],
    packages: { debian: 'baresip', fedora: 'baresip', macos: 'baresip' },
  },
  {
    name: 'a C compiler',
    programs: ['cc', 'gcc', 'clang'],
    packages: { debian: 'build-essential', fedora: 'gcc', macos: 'gcc' },
  },
  {
    name: 'pkg-config',
    programs: ['pkg-config', 'pkgconf'],
    packages: { debian: 'pkg-config', fedora: 'pkgconf-pkg-config', macos: 'pkgconf' },
  },
  {
    name: 'the headers of opus',
    library: 'opus',
    packages: { debian: 'libopus-dev', fedora: 'opus-devel', macos: 'opus' },
  },
  {
    name: 'the headers of opusfile',
    library: 'opusfile',
    packages: { debian: 'libopusfile-dev', fedora: 'opusfile-devel', macos: 'opusfile' },
  },
  {
    name: 'the headers of soxr',
    library: 'soxr',
    packages: { debian: 'libsoxr-dev', fedora: 'soxr-devel', macos: 'libsoxr' },
  },
];

/** Returns what the system lacks, in the order of `requirements`. */
export async function findMissing(): Promise<Requirement[]> {
  const isThere = await Promise.all(requirements.map(isPresent));
  return requirements.filter((_, index) => !isThere[index]);
}

async function isPresent({ programs, library }: Requirement): Promise<boolean> {
  if (programs) return findProgram(...programs) !== undefined;
  const pkgConfig = findProgram('pkg-config', 'pkgconf');
  if (!pkgConfig || !library) return false;
  const { exitCode } = await execa(pkgConfig, ['--exists', library], { reject: false });
  return exitCode === 0;
}

/** Tells the platform from Node's name for the operating system and, on Linux, the text of /etc/os-release. */
export function platformFrom(os: NodeJS.Platform, osRelease: string): Platform {
  if (os === 'darwin') return 'macos';
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)]
    .flatMap((match) => (match[1] ?? '').replaceAll('"', '').split(' '))
    .filter(Boolean);
  if (ids.includes('debian') || ids.includes('ubuntu')) return 'debian';
  if (ids.includes('fedora') || ids.includes('rhel')) return 'fedora';
  return 'other';
}

export function currentPlatform(): Platform {
  try {
    return platformFrom(process.platform, readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return platformFrom(process.platform, '');
  }
}

const installCommands = {
  debian: 'sudo apt-get install -y',
  fedora: 'sudo dnf install -y',
  macos: 'brew install',
};

/** One line that says what is missing and how to install it; on an unknown platform, how on each of the three known ones. */
export function installLine(missing: readonly Requirement[], platform: Platform): string {
  const what = missing.map(({ name }) => name).join(', ');
  const on = (known: keyof typeof installCommands) =>
    `${installCommands[known]} ${missing.map(({ packages }) => packages[known]).join(' ')}`;
  const how =
    platform === 'other'
      ? `Debian: ${on('debian')}; Fedora: ${on('fedora')}; macOS: ${on('macos')}`
      : on(platform);
  return `The lab needs ${what}. Install, then run again: ${how}`;
}
