/** What a worker does about too little processor: it sees it, says it, starts no process for a next call, and takes none. Called by main.ts. */
import { refillLater } from '../workarounds/idle-processes.ts';
import { addWorkerPage } from '../workarounds/worker-page.ts';
import { Intake } from './intake.ts';
import { ProcessorWatch } from './watch.ts';

/** Where on the health port the worker says how it is. */
const page = '/processor';

/** To be called before the worker. @returns what answers LiveKit when it offers a call. */
export async function watchProcessor(options: {
  maxCalls: number | undefined;
  /** Whether a job with this metadata goes on with a call whose AI was lost. */
  goesOn: (metadata: string) => boolean;
}): Promise<Intake> {
  const watch = new ProcessorWatch();
  watch.start();
  await refillLater(() => watch.isPressed);
  const intake = new Intake({ ...options, processor: watch });
  await addWorkerPage(page, () => {
    const { isShort, sinceMs, ...figures } = watch.now;
    const since = sinceMs === undefined ? null : new Date(sinceMs).toISOString();
    return { isShort, since, ...figures, declined: intake.declined };
  });
  return intake;
}
