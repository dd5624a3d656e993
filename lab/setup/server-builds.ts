/**
 * Builds the two servers of the lab, once per version: livekit-server with MoveParticipant (lab/server) and livekit-sip as it is
 * published. prepare.ts calls it, and lab/server/go-tests.ts for the patched source.
 */

import { join } from 'node:path';
import { patchInputs, writePatchedSource } from '../server/source.ts';
import { buildOnce, cacheKey } from './build-cache.ts';
import { adviceFor, tailOf } from './build-output.ts';
import { downloadModule } from './go-module.ts';
import { runGo, type GoToolchain } from './go-toolchain.ts';
import { livekitServer, livekitSip, type GoModule } from './pins.ts';
import { withProgress, type Say } from './progress.ts';
import { SetupError } from './setup-error.ts';

const buildLimitMs = 30 * 60_000;

export interface LivekitServerBuild {
  program: string;
  /** The patched source, in which `go test` runs. */
  source: string;
}

/** Returns livekit-server with MoveParticipant, built if need be. */
export async function buildLivekitServer(
  go: GoToolchain,
  { say }: { say: Say },
): Promise<LivekitServerBuild> {
  const folder = await buildOnce({
    name: 'livekit-server',
    key: keyOf(go, livekitServer, await patchInputs()),
    say,
    build: (into) =>
      withProgress({ say, label: 'building livekit-server (once, about 2 min)' }, async () => {
        const source = join(into, 'source');
        await writePatchedSource({ from: await downloadModule(go, livekitServer), to: source });
        await build(go, { source, command: './cmd/server', program: join(into, 'livekit-server') });
      }),
  });
  return { program: join(folder, 'livekit-server'), source: join(folder, 'source') };
}

/** Returns the path of livekit-sip, built if need be. */
export async function buildLivekitSip(go: GoToolchain, { say }: { say: Say }): Promise<string> {
  const folder = await buildOnce({
    name: 'livekit-sip',
    key: keyOf(go, livekitSip, []),
    say,
    build: (into) =>
      withProgress({ say, label: 'building livekit-sip (once, about 1 min)' }, async () => {
        const source = await downloadModule(go, livekitSip);
        const program = join(into, 'livekit-sip');
        await build(go, { source, command: './cmd/livekit-sip', program });
      }),
  });
  return join(folder, 'livekit-sip');
}

function keyOf(go: GoToolchain, module: GoModule, inputs: string[]): string {
  const platform = `${process.platform} ${process.arch}`;
  return cacheKey([module.path, module.version, module.sum, go.version, platform, ...inputs]);
}

async function build(
  go: GoToolchain,
  { source, command, program }: { source: string; command: string; program: string },
): Promise<void> {
  // Without -trimpath the folder would be part of Go's own cache key, and the tests would compile everything again.
  const args = ['build', '-trimpath', '-buildvcs=false', '-o', program, command];
  const { exitCode, output } = await runGo(go, args, { cwd: source, limitMs: buildLimitMs });
  if (exitCode !== 0) {
    throw new SetupError(`${command} could not be built:\n${tailOf(output)}\n${adviceFor(output)}`);
  }
}
