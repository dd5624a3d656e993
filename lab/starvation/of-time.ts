/**
 * Which failures a machine can cause by being too slow, and by nothing else: something was not seen in time, or a limit in ms
 * was broken. Where it starved meanwhile, such a failure says nothing about the application (docs/decisions/0012-starved.md).
 *
 * A field and not a class says so, because it has to come through from the process of a test to that of the run.
 */
export type OfTime = { ofTime: true };

export function ofTime<E extends Error>(error: E): E & OfTime {
  return Object.assign(error, { ofTime: true } as const);
}

/** Also of an error that a test runner has made an object of. What `expect.poll` waited for in vain says so in its cause. */
export function isOfTime(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('ofTime' in error && error.ofTime === true) return true;
  const { cause } = error as { cause?: { message?: unknown } };
  return cause?.message === 'Matcher did not succeed in time.';
}

/** @throws Error when something took as long as its limit. */
export function demandInTime(what: string, tookMs: number, limitMs: number): void {
  if (tookMs < limitMs) return;
  throw ofTime(new Error(`${what} after ${Math.round(tookMs)} ms; the limit is ${limitMs} ms.`));
}
