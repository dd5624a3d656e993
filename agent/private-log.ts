/**
 * Keeps out of the log what people say, and the names and numbers that they leave. The SDK logs all of it, arguments of
 * tools at level info included, under keys that begin with `lk.pii.`. Called once by each job process, before a call.
 */
import { log } from '@livekit/agents';

/** pino gives this symbol to everybody (`Symbol.for`), but no function by which a logger can be changed later. */
const formatters = Symbol.for('pino.formatters');

type Fields = Record<string, unknown>;
type WithFormatters = { [formatters]: { log?: (fields: Fields) => Fields } };

/** Takes effect for every logger that is made from now on out of the SDK's. */
export function keepLogPrivate(): void {
  const logger = log() as unknown as WithFormatters;
  logger[formatters].log = (fields) =>
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, isPrivate(key) ? '[private]' : value]),
    );
}

const isPrivate = (key: string) => key.startsWith('lk.pii.');
