/**
 * Makes sure that everything that the lab runs is there: packages of the system, and the two servers that it builds. Called by
 * run.ts before the tests, and by whatever starts a lab. The first time takes some minutes; after that it only looks.
 */

import { findProgram } from './find-program.ts';
import { findGo } from './go-toolchain.ts';
import { installMissing } from './install-packages.ts';
import type { Say } from './progress.ts';
import { buildLivekitServer, buildLivekitSip } from './server-builds.ts';
import { SetupError } from './setup-error.ts';
import { currentPlatform, findMissing, installLine } from './system-packages.ts';

/** Absolute paths of the programs that the lab starts. */
export interface Tools {
  redisServer: string;
  livekitServer: string;
  livekitSip: string;
  baresip: string;
  espeakNg: string;
}

/**
 * Returns the lab's programs, after installing and building what is missing. `say` gets a line for each long step, and one every
 * 15 s while it lasts; nothing when there is nothing to do. Throws a SetupError that says what the person has to do.
 */
export async function prepare({ say }: { say: Say }): Promise<Tools> {
  const missing = await findMissing();
  if (missing.length > 0) {
    await installMissing(missing, { say });
    const stillMissing = await findMissing();
    if (stillMissing.length > 0) {
      throw new SetupError(installLine(stillMissing, currentPlatform()));
    }
  }
  const go = await findGo();
  // One after the other: a Go build already uses every core.
  const { program: livekitServer } = await buildLivekitServer(go, { say });
  const livekitSip = await buildLivekitSip(go, { say });
  return {
    livekitServer,
    livekitSip,
    redisServer: program('redis-server', 'valkey-server'),
    baresip: program('baresip'),
    espeakNg: program('espeak-ng'),
  };
}

function program(...names: string[]): string {
  const path = findProgram(...names);
  if (!path) throw new SetupError(`${names[0]} was there a moment ago and is gone. Run again.`);
  return path;
}
