/** The thread in which speech.ts has its sentences made: one after the other, each answered with samples or an error. */
import { parentPort } from 'node:worker_threads';
import { speak, type Speech } from './speaking.ts';

/** The answer to the request of that number. */
export type Made = { id: number } & ({ samples: Int16Array } | { error: string });

parentPort!.on('message', async ({ id, speech }: { id: number; speech: Speech }) => {
  const answer = await speak(speech).then(
    (samples) => ({ samples }),
    (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
  );
  parentPort!.postMessage({ id, ...answer } satisfies Made);
});
