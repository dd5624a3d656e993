/**
 * `vitest run` with a verdict on those that starved: each is played once more, alone, at the end, and counts as what it then
 * shows. Takes what `vitest run` takes; with --without-replays they are named and count as failed. Ends with the plain line.
 */
import { type TestModule, escapeTestName, parseCLI, startVitest } from 'vitest/node';
import {
  type Played,
  hasStarved,
  maxReplays,
  starvedInWords,
  totalOf,
} from '../lab/starvation/replays.ts';

const withoutReplays = '--without-replays';
const args = process.argv.slice(2);
const { filter, options } = parseCLI([
  'vitest',
  'run',
  ...args.filter((arg) => arg !== withoutReplays),
]);

/** Once, to its end. It says whatever it has to say but the plain line. */
async function play(
  files: string[],
  changes: { testNamePattern?: string; project?: string[]; maxWorkers?: number } = {},
): Promise<{ tests: Played[]; broken: number; isWhole: boolean }> {
  const vitest = await startVitest('test', files, {
    ...options,
    ...changes,
    reporters: ['default'],
  });
  const modules = vitest.state.getTestModules();
  return {
    tests: modules.flatMap(playedIn),
    broken: modules.filter((module) => module.errors().length > 0).length,
    isWhole: modules.length > 0 && vitest.state.getUnhandledErrors().length === 0,
  };
}

function playedIn(module: TestModule): Played[] {
  return [...module.children.allTests()].map((test) => {
    const { state, errors = [] } = test.result();
    const { waiting, starvesOnPurpose } = test.meta();
    return {
      project: module.project.name,
      file: module.relativeModuleId,
      name: test.fullName,
      state,
      errors,
      waiting,
      starvesOnPurpose,
    };
  });
}

async function replay({ project, file, name }: Played): Promise<Played | undefined> {
  const testNamePattern = `^${escapeTestName(name, false)}$`;
  const { tests } = await play([file], { testNamePattern, project: [project], maxWorkers: 1 });
  return tests.find(({ state }) => state === 'passed' || state === 'failed');
}

const first = await play(filter);
const starved = first.tests.filter(hasStarved);
const replays = new Map<Played, Played>();
if (!args.includes(withoutReplays) && starved.length <= maxReplays) {
  for (const test of starved) {
    console.log(`\nStarved, and played again alone: ${test.name}`);
    const again = await replay(test);
    if (again) replays.set(test, again);
  }
}
for (const line of starvedInWords(starved, replays)) console.log(line);
const { passed, failed } = totalOf(first, replays);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && first.isWhole ? 0 : 1;
