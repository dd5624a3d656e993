/**
 * Nothing outlives its call, in whatever phase its job or its worker dies or is told to stop: the phases that killed.test.ts
 * leaves out. What is the same in several of them stands in lab/scenarios/ending.ts.
 */
import { describe, expect, test } from 'vitest';
import { nowMs } from '../../lab/audio/clock.ts';
import { lines } from '../../lab/scenarios/scenario.ts';
import {
  aiIsBack,
  briefed,
  callerIsPartedFrom,
  dialled,
  greeted,
  hangsUp,
  humanIsReleased,
  itsWorker,
  killJob,
  killWorker,
  lab,
  merging,
  nobodyIsLeftAlone,
  oneWorkerWithTime,
  referred,
  stage,
  theyStillTalk,
  useTwoWorkers,
} from './two-workers.ts';

useTwoWorkers();

async function accepted(): Promise<void> {
  await briefed();
  await stage.presses('human', '1');
  await stage.reaches('accepted');
}

/** The human is busy, and the caller is being told. */
async function returning(): Promise<void> {
  stage.humanPhone.whenCalled({ then: { reject: 486 } });
  await stage.callerAsks(lines.ask);
  await stage.humanIsCalled();
  await stage.reaches('returning');
}

const kills = [
  ['job', killJob],
  ['worker', killWorker],
] as const;

describe.each(kills)('the %s is killed', (_, kill) => {
  test('while the phone of the human is dialled: it rings no more, and the AI is back', async () => {
    await dialled();
    const { sinceMs } = await kill();
    await aiIsBack(sinceMs);
    await humanIsReleased(sinceMs);
    expect(stage.events.some((e) => e.type === 'phaseChanged' && e.to === 'ringing')).toBe(false);
  });

  test('while the provider of the caller calls the department: the AI is back', async () => {
    await referred();
    await aiIsBack((await kill()).sinceMs);
  });

  test('while the caller is given back to the AI: another is back', async () => {
    await returning();
    await aiIsBack((await kill()).sinceMs);
  });

  test('when the human has just accepted: nobody is left alone', async () => {
    await accepted();
    await nobodyIsLeftAlone((await kill()).sinceMs);
  });

  test('while the request to move the human is on its way: nobody is left alone', async () => {
    await merging();
    await nobodyIsLeftAlone((await kill()).sinceMs);
  });
});

describe('the worker is asked to stop', () => {
  test.each([
    ['the caller talks to the AI', greeted],
    ['the provider of the caller calls the department', referred],
  ])('and its time is over while %s, who is told, and hung up on', async (_, come) => {
    await come();
    const sinceMs = nowMs();
    const stopped = lab.stopWorker(itsWorker());
    await callerIsPartedFrom(sinceMs);
    await stopped;
  });

  test('and its time is long: a whole transfer goes its way, from the greeting to the hang-up', async () => {
    await oneWorkerWithTime();
    await greeted();
    const stopped = lab.stopWorker('worker');
    await stage.says('caller', lines.ask);
    await stage.humanIsBriefed();
    await stage.presses('human', '1');
    await stage.bothHearEachOther();
    await theyStillTalk();
    await hangsUp('caller');
    await stopped;
    const ended = await stage.until((e) => e.type === 'callEnded', 'its end');
    expect(ended).toMatchObject({ cause: 'callerLeft' });
  });
});
