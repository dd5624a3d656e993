/**
 * A clock that is wrong, for a worker and its jobs: `node --import jumping-clock.ts?file=PATH` makes Date as many ms ahead as
 * the file says, which is read ten times a second. Timers and performance.now() go on as they were, as they do when a real
 * clock is set. It runs in the worker and is part of no test.
 */
import { readFileSync } from 'node:fs';

const file = new URL(import.meta.url).searchParams.get('file') ?? '';
let aheadMs = 0;
const read = () => {
  try {
    aheadMs = Number(readFileSync(file, 'utf8'));
  } catch {
    aheadMs = 0;
  }
};
read();
setInterval(read, 100).unref();

const RealDate = Date;
globalThis.Date = new Proxy(RealDate, {
  construct: (_, args: [], newTarget) =>
    Reflect.construct(
      RealDate,
      args.length > 0 ? args : [RealDate.now() + aheadMs],
      newTarget,
    ) as Date,
  get: (_, key) =>
    key === 'now' ? () => RealDate.now() + aheadMs : (Reflect.get(RealDate, key) as unknown),
});
