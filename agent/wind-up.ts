/**
 * The end of a drain. A worker that is told to stop takes no calls any more and waits for those it has. Shortly before it loses
 * patience it tells their processes, so that callers are told goodbye, and two who talk are left to another worker's guardian.
 */
import { log } from '@livekit/agents';
import { limits } from './limits.ts';
import { hasDied, readCalls } from './guardian/call-file.ts';
import { machine } from './guardian/machine.ts';

/** Job processes ignore SIGTERM and SIGINT, which a terminal sends to all of them. */
export const WIND_UP = 'SIGUSR2';

/** For the SDK's drain: it ends calls when this is over. @param drainS how long they may go on after the signal to stop. */
export const drainMs = (drainS: number): number => drainS * 1_000 + limits.windUpMs;

/** To be called once, by the worker's process. @param options.afterMs how long calls may go on after the signal to stop. */
export function windUpAfter(options: {
  afterMs: number;
  callsFolder: string;
  /** Who tells us to stop. */
  signals?: NodeJS.EventEmitter;
}): void {
  const { afterMs, callsFolder, signals = process } = options;
  const begin = () => setTimeout(() => void windUp(callsFolder), afterMs);
  signals.once('SIGTERM', begin).once('SIGINT', begin);
}

async function windUp(callsFolder: string): Promise<void> {
  const ours = (await readCalls(callsFolder)).filter(
    (call) => call.machine === machine && call.parentPid === process.pid && !hasDied(call),
  );
  for (const { pid, callId } of ours) {
    try {
      process.kill(pid, WIND_UP);
    } catch (error) {
      log().debug({ error, callId }, 'a call was over before it could be told to end');
    }
  }
}
