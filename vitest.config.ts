import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

function lab(name: string, files: { include: string[]; exclude?: string[] }, groupOrder = 1) {
  return {
    test: {
      name,
      ...files,
      // Real servers and real calls: three labs keep two processors busy for 64 % of their time, and what starves tears speech.
      // More than three were not tried (docs/decisions/0010-suite.md).
      maxWorkers: Math.min(3, availableParallelism() + 1),
      // What waited for a processor beside each test, for test/run.ts.
      setupFiles: ['./test/watch.ts'],
      // The files that a worker runs share its modules, and so the scenarios share its lab.
      isolate: false,
      // Not beside the unit tests, whose bursts of work would be heard in the calls.
      sequence: { groupOrder },
      // Limits that only a hang reaches.
      testTimeout: 180_000,
      hookTimeout: 180_000,
    },
  };
}

export default defineConfig({
  test: {
    reporters: ['default', './test/plain-summary.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{agent,sip,doctor,lab,docs}/**/*.test.ts', 'test/tidy.test.ts'],
          testTimeout: 20_000,
          // They wait more than they work.
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
        },
      },
      // What needs the lab: one story for each kind of end, or everything.
      lab('core', { include: ['test/core/*.test.ts'] }),
      lab('lab', {
        include: ['test/**/*.test.ts'],
        exclude: ['test/core/**', 'test/alone/**', 'test/tidy.test.ts'],
      }),
      // What would be felt by all others.
      lab('alone', { include: ['test/alone/*.test.ts'] }, 3),
    ],
  },
});
