/**
 * One story whose limit in ms is broken twice: because nothing gets a processor, which is starved, and because the application's
 * server is slow, which is not and fails at once. It plays after all others, because the loops would be felt in them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { nowMs } from '../../lab/audio/clock.ts';
import { HURRIED_WORDS_PER_MINUTE } from '../../lab/audio/speech.ts';
import { Lab } from '../../lab/network/lab.ts';
import { failure } from '../../lab/scenarios/explain.ts';
import { playScenario } from '../../lab/scenarios/run.ts';
import { type Scenario, lines, usualScript } from '../../lab/scenarios/scenario.ts';
import { prepare } from '../../lab/setup/prepare.ts';
import { demandInTime, ofTime } from '../../lab/starvation/of-time.ts';
import { isTold } from '../../lab/starvation/proc.ts';
import { type Played, hasStarved } from '../../lab/starvation/replays.ts';
import { inWords, isStarved } from '../../lab/starvation/rule.ts';

/** Of a second at most; how slow the server is comes on top. */
const calledLimitMs = 2_500;
const slowMs = 5_000;
/** For each processor. A lab's processes then get an eleventh of one. */
const loopsEach = 10;

let lab: Lab;
const loops: ChildProcess[] = [];

beforeAll(async () => {
  lab = await Lab.start({
    tools: await prepare({ say: () => undefined }),
    script: usualScript,
    faultyApi: true,
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
  });
}, 900_000);

afterEach(() => {
  lab.api!.heal();
  for (const { pid } of loops.splice(0)) process.kill(pid!, 'SIGKILL');
});

afterAll(() => lab?.stop());

/** Busy loops, which are ended after the test, or by the system when they have had a processor for a minute. */
function starve(): void {
  for (let cpu = 0; cpu < availableParallelism(); cpu += 1) {
    for (let i = 0; i < loopsEach; i += 1) {
      const loop = ['-c', String(cpu), 'sh', '-c', 'ulimit -t 60; while :; do :; done'];
      // As leaders of a session, as the lab's processes are: a kernel may share out processors by session.
      loops.push(spawn('taskset', loop, { detached: true, stdio: 'ignore' }));
    }
  }
}

const story: Scenario = {
  name: 'called-in-time',
  title: 'the caller asks, and the human is called in time',
  expected: { outcome: 'abandoned', blame: 'caller', cause: 'callerLeft' },
  play: async (stage) => {
    stage.humanPhone.whenCalled({ then: 'ring forever' });
    await stage.callerAsks(lines.ask);
    const askedMs = nowMs();
    await stage.humanIsCalled();
    demandInTime('The human was called', nowMs() - askedMs, calledLimitMs);
    stage.callerCall!.hangUp();
    await stage.humanCall!.ended;
  },
};

/** As test/run.ts sees a test in which the story was played. */
async function played(changes: Partial<Scenario> = {}): Promise<Played> {
  const { report } = await playScenario({ lab, scenario: { ...story, ...changes } });
  const { pass, waiting } = report;
  const errors = pass ? [] : [failure({ report, stage: undefined })];
  return {
    project: 'alone',
    file: '',
    name: '',
    state: pass ? 'passed' : 'failed',
    errors,
    waiting,
  };
}

test('the story passes, when nothing is in its way', async () => {
  const { errors } = await played();
  if (errors[0]) throw errors[0];
});

test('with a slow server it fails at once, because nothing starved', async () => {
  lab.api!.intercept('CreateSIPParticipant', { arrivesAfterMs: slowMs });
  const slow = await played();
  expect(slow.state).toBe('failed');
  expect(slow.errors[0]!.message).toContain('It stopped: The human was called after');
  expect(slow.errors[0]).toMatchObject({ ofTime: true });
  // What others do on this machine at this moment says nothing about the rule.
  if (isStarved(slow.waiting)) throw ofTime(new Error(inWords(slow.waiting)));
  expect(hasStarved(slow)).toBe(false);
});

test.runIf(isTold)('with nothing but busy loops beside it it is starved', async () => {
  starve();
  const starved = await played();
  expect(starved.state).toBe('failed');
  expect(hasStarved(starved), starved.errors[0]?.message).toBe(true);
});

test.runIf(isTold)('a story that starves on purpose is not excused by it', async () => {
  starve();
  const starved = await played({ starvesOnPurpose: true });
  expect(starved.state).toBe('failed');
  expect(isStarved(starved.waiting)).toBe(true);
  expect(hasStarved(starved)).toBe(false);
});
