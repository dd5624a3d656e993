/** Two labs at once keep out of each other's way, and leave nothing behind. */
import { expect, test } from 'vitest';
import { Lab } from '../lab/network/lab.ts';
import { scenarios } from '../lab/scenarios/all.ts';
import { playScenario } from '../lab/scenarios/run.ts';
import { usualScript } from '../lab/scenarios/scenario.ts';
import { prepare } from '../lab/setup/prepare.ts';

test('two labs play at the same time and leave no process behind', async () => {
  const tools = await prepare({ say: () => undefined });
  const start = () => Lab.start({ tools, script: usualScript });
  const labs = await Promise.all([start(), start()]);
  const pids = labs.flatMap((lab) => lab.pids);
  expect(new Set(labs.map((lab) => lab.ports.sip)).size).toBe(2);
  const scenario = scenarios.get('busy')!;
  const runs = await Promise.all(labs.map((lab) => playScenario({ lab, scenario })));
  await Promise.all(labs.map((lab) => lab.stop()));
  // What is heard when is for one lab at a time: here it is whose call ended how, and what is left.
  const own = ['one outcome', 'each leg closed once', 'rooms gone', 'job ended'];
  const judged = runs.flatMap(({ report }) => report.checks.filter((c) => own.includes(c.check)));
  expect(judged).toHaveLength(2 * own.length);
  expect(judged.filter((check) => !check.pass)).toEqual([]);
  expect(pids.length).toBe(8);
  expect(pids.filter(isAlive)).toEqual([]);
});

/** Whether any process of the group that `pid` led is still there. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}
