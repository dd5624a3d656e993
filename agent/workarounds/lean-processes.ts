/**
 * What the worker's processes do without, so that a call leaves room for others. main.ts calls this before it starts the SDK's
 * worker (@livekit/agents 1.8.1), which has no option for any of it.
 */
import { importOfSdk } from './sdk-internals.ts';

/** The method under which the SDK registers its turn detection for a process of its own (inference/eot/runner). */
const turnDetection = 'lk_eot_audio';

type Runners = { InferenceRunner: { registeredRunners: Record<string, string> } };

/**
 * Starts no process for LiveKit's turn-detection model (330 MB), because turns end here by voice activity (models.ts). Take this
 * call out of main.ts to use that model. The SDK starts the process for whatever is registered, and registers the model unless
 * something of its name is there already; what is not enumerable is there and is not counted.
 */
export async function startNoTurnDetection(): Promise<void> {
  const { InferenceRunner } = (await importOfSdk('inference_runner.js')) as Runners;
  Object.defineProperty(InferenceRunner.registeredRunners, turnDetection, { value: 'not started' });
}

/**
 * Gives job processes flags of Node's. The SDK forks them without any of its own, so they get those of this process.
 * @param folder where code is kept that has its types taken out.
 */
export function startLeanJobs(folder: string): void {
  const stripOnce = new URL('strip-once.mjs', import.meta.url);
  stripOnce.searchParams.set('folder', folder);
  process.execArgv.push(
    // Node 24's way of keeping track of async contexts, of which the SDK makes heavy use: a tenth of a call's processor.
    '--experimental-async-context-frame',
    // The young generation of the heap would grow to 48 MB before it is looked through.
    '--max-semi-space-size=2',
    '--import',
    stripOnce.href,
  );
}
