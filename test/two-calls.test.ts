/**
 * Two calls are transferred at the same time by one worker, each to a line of the same human's phone. Each is judged by
 * all checks, as if it were alone; what the two humans hear says whether callers were mixed up.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HURRIED_WORDS_PER_MINUTE } from '../lab/audio/speech.ts';
import { Lab, type RecordedEvent } from '../lab/network/lab.ts';
import { failure } from '../lab/scenarios/explain.ts';
import { answersSoon } from '../lab/scenarios/leaving.ts';
import { playScenario } from '../lab/scenarios/run.ts';
import { type Scenario, lines, usualScript } from '../lab/scenarios/scenario.ts';
import type { Stage } from '../lab/scenarios/stage.ts';
import { prepare } from '../lab/setup/prepare.ts';
import { deferred } from '../lab/phone/deferred.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start({
    tools: await prepare({ say: () => undefined }),
    script: usualScript,
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
  });
}, 900_000);
afterAll(() => lab?.stop());

test('two calls at once, each with its own caller, human, rooms and outcome', async () => {
  const otherCaller = lab.exchange.phone({
    name: 'other caller',
    number: '+12025550148',
    pilot: 5,
  });
  const stages: Stage[] = [];
  const [bothMayAsk, firstIsBriefed] = [deferred<void>(), deferred<void>()];
  const [secondIsCalled, secondIsConnected] = [deferred<void>(), deferred<void>()];
  const expected = { outcome: 'connected', blame: 'nobody', by: 'key' } as const;

  const first: Scenario = {
    name: 'first of two',
    title: 'merged while the phone of the other’s human rings',
    expected: { ...expected, cause: 'callerLeft' },
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerDials();
      await bothMayAsk.promise;
      await stage.says('caller', lines.ask);
      await stage.humanIsBriefed();
      firstIsBriefed.resolve();
      await secondIsCalled.promise;
      await stage.presses('human', '1');
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      await secondIsConnected.promise;
      stage.callerCall!.hangUp();
    },
  };
  const second: Scenario = {
    name: 'second of two',
    title: 'asks for a person while the human of the other is on the phone',
    expected: { ...expected, cause: 'humanLeft' },
    play: async (stage) => {
      stage.callerPhone = otherCaller;
      await stage.callerIsGreeted();
      // The worker prepares a process for each call that it takes; on a busy machine that is heard in those that are spoken.
      await expect.poll(() => loaded().length, { timeout: 60_000 }).toBe(3);
      bothMayAsk.resolve();
      await firstIsBriefed.promise;
      await stage.says('caller', lines.ask);
      await stage.humanIsCalled();
      secondIsCalled.resolve();
      await stage.humanHearsTheOffer();
      await stage.presses('human', '1');
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      await stage.until((e) => e.type === 'sessionClosed', 'session closed');
      secondIsConnected.resolve();
      stage.humanCall!.hangUp();
    },
  };

  const loaded = () => lab.workerLines.filter((line) => line.includes('job runner initialized'));
  const play = async (scenario: Scenario) => {
    let stage: Stage | undefined;
    const onStage = (set: Stage) => stages.push((stage = set));
    const { report, world } = await playScenario({ lab, scenario, onStage });
    return { report, world, stage };
  };
  const firstPlayed = play(first);
  // The second stage takes the next call for its own, so the first must have been answered.
  await expect.poll(() => stages[0]?.events.length, { timeout: 30_000 }).toBeGreaterThan(0);
  const played = await Promise.all([firstPlayed, play(second)]);

  for (const { report, stage } of played) {
    if (!report.pass) throw failure({ report, stage });
  }
  const [one, other] = stages.map(({ events }) => new Set(events.map(({ callId }) => callId)));
  expect([...one!, ...other!]).toHaveLength(2);
  const when = (stage: Stage, type: RecordedEvent['type']) =>
    stage.events.find((event) => event.type === type)!.atMs;
  expect(when(stages[1]!, 'transferStarted')).toBeLessThan(when(stages[0]!, 'transferEnded'));
  const heard = played.map(({ world }) => new Set(world.human!.frames.flatMap((f) => f.pilots)));
  expect(heard[0]).not.toContain(otherCaller.pilot);
  expect(heard[1]).not.toContain(lab.phones.caller.pilot);
});
