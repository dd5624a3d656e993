/** Two labs side by side keep out of each other's way, and leave nothing behind. */
import { expect, test } from 'vitest';
import { Lab } from '../lab/network/lab.ts';
import { childrenOf, commandOf } from '../lab/network/usage.ts';
import { scenarios } from '../lab/scenarios/all.ts';
import { playScenario } from '../lab/scenarios/run.ts';
import { usualScript } from '../lab/scenarios/scenario.ts';
import { prepare } from '../lab/setup/prepare.ts';

test('two labs play side by side and leave no process behind', async () => {
  const tools = await prepare({ say: () => undefined });
  const start = () => Lab.start({ tools, script: usualScript });
  // One after the other, because starting and calling is heard in the labs of the other tests.
  const labs = [await start(), await start()];
  for (const { workerLines } of labs) {
    expect(workerLines.filter((line) => line.includes('job runner initialized'))).toHaveLength(1);
  }
  for (const { processes } of labs) {
    const started = childrenOf(processes.pidOf('worker')!).map(commandOf);
    // The idle job, and no process for a turn detector that nobody asks.
    expect(started).toEqual([expect.stringContaining('--experimental-async-context-frame')]);
    expect(started[0]).toContain('job_proc');
  }
  const pids = labs.flatMap((lab) => lab.pids);
  expect(new Set(labs.map((lab) => lab.ports.sip)).size).toBe(2);
  const scenario = scenarios.get('busy')!;
  const runs = [];
  for (const lab of labs) runs.push(await playScenario({ lab, scenario }));
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
