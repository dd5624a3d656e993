/**
 * Watches beside each test of the lab what waited for a processor (lab/starvation/). vitest.config.ts runs this before each file;
 * what was seen goes with the result of the test, for run.ts.
 */
import { beforeEach } from 'vitest';
import type { Figures } from '../lab/starvation/rule.ts';
import { Watch } from '../lab/starvation/watch.ts';

declare module 'vitest' {
  interface TaskMeta {
    waiting?: Figures;
    /** The test is about a machine that is too slow, so that this never excuses what fails. */
    starvesOnPurpose?: true;
  }
}

beforeEach(({ task, onTestFinished }) => {
  const watch = new Watch();
  // After what each test has to put back, also where that failed.
  onTestFinished(() => {
    const waiting = watch.end();
    // A scenario has measured its story alone.
    if (waiting) task.meta.waiting ??= waiting;
  });
});
