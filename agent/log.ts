/**
 * What is done about the SDK's log: what people say, and the names and numbers that they leave, are kept out of it, and a log
 * that cannot be written costs no call. The SDK logs all of it, arguments of tools at level info included, under keys that begin
 * with `lk.pii.`.
 */
import { log } from '@livekit/agents';

/** pino gives this symbol to everybody (`Symbol.for`), but no function by which a logger can be changed later. */
const formatters = Symbol.for('pino.formatters');

type Fields = Record<string, unknown>;
type WithFormatters = { [formatters]: { log?: (fields: Fields) => Fields } };

/**
 * Keeps what is personal out of every logger that is made out of the SDK's from now on, and outlives the log. To be called once by
 * each job process, before a call.
 */
export function prepareLog(): void {
  outliveLog();
  const logger = log() as unknown as WithFormatters;
  logger[formatters].log = (fields) =>
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, isPrivate(key) ? '[private]' : value]),
    );
}

const isPrivate = (key: string) => key.startsWith('lk.pii.');

/**
 * To be called once by each process that is not a job. Node ends a process when nobody hears that its output has failed, because
 * the reader is gone (EPIPE) or the disk is full (ENOSPC); a worker and its jobs share theirs, so all calls would end at once.
 */
export function outliveLog(
  outputs: readonly NodeJS.EventEmitter[] = [process.stdout, process.stderr],
): void {
  for (const output of outputs) output.on('error', () => undefined);
}
