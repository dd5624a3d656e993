/** Downloads a pinned Go module and makes sure that it is the one. server-builds.ts calls it. */

import { tmpdir } from 'node:os';
import { adviceFor, tailOf } from './build-output.ts';
import { runGo, type GoToolchain } from './go-toolchain.ts';
import type { GoModule } from './pins.ts';
import { SetupError } from './setup-error.ts';

const downloadLimitMs = 5 * 60_000;

/**
 * Downloads the module unless Go's module cache has it, and returns the folder of its source, which is read-only. Throws a
 * SetupError when it cannot be had, or when its checksum is not the pinned one.
 */
export async function downloadModule(go: GoToolchain, module: GoModule): Promise<string> {
  const name = `${module.path}@${module.version}`;
  // Outside of any module, so that no go.mod has a say.
  const { exitCode, stdout, output } = await runGo(go, ['mod', 'download', '-json', name], {
    cwd: tmpdir(),
    limitMs: downloadLimitMs,
  });
  const found = parseDownload(stdout);
  if (exitCode !== 0 || !found.Dir) {
    const said = found.Error ?? output;
    throw new SetupError(`Could not download ${name}:\n${tailOf(said)}\n${adviceFor(said)}`);
  }
  if (found.Sum !== module.sum) {
    throw new SetupError(
      `${name} has the checksum ${found.Sum} and not the pinned ${module.sum} (lab/setup/pins.ts). Do not use it: ` +
        'check the network and GOPROXY, run `go clean -modcache`, and try again.',
    );
  }
  return found.Dir;
}

interface Download {
  Dir?: string;
  Sum?: string;
  Error?: string;
}

function parseDownload(json: string): Download {
  try {
    return JSON.parse(json) as Download;
  } catch {
    return {};
  }
}
