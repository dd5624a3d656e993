/** The one clock of the lab: comparable with Date.now(), finer than a millisecond, and never stepping back. */

/** Milliseconds since 1970, with fractions. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
