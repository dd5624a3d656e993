/**
 * Nothing outlives its call, also when those who would have ended it are dead: workers and jobs are killed or told to stop, and
 * another worker's guardian sees to what is left. Judged at the phones, by the server's list of rooms, and by the record.
 */
import { describe, expect, test } from 'vitest';
import { nowMs } from '../../lab/audio/clock.ts';
import {
  aiIsBack,
  beingBriefed,
  briefed,
  callerIsPartedFrom,
  greeted,
  hangsUp,
  humanIsReleased,
  isGone,
  itsWorker,
  killBothWorkers,
  killJob,
  killWorker,
  killWorkerUnanswered,
  limitMs,
  lab,
  oneMoment,
  oneWorkerWithTime,
  rung,
  stage,
  startWorker,
  theCall,
  theyStillTalk,
  theyTalk,
  useTwoWorkers,
} from './two-workers.ts';

useTwoWorkers();

const wasOffered = () => stage.events.some((e) => e.type === 'phaseChanged' && e.to === 'offered');

describe('the worker is killed while two talk', () => {
  test('they talk on, and much later the human hangs up', async () => {
    await theyTalk();
    const { pid } = theCall();
    await lab.processes.killAlone(itsWorker());
    await isGone(pid);
    await theyStillTalk('caller');
    await hangsUp('human');
  });

  test('and the caller hangs up at once', async () => {
    await theyTalk();
    await lab.processes.killAlone(itsWorker());
    await hangsUp('caller');
  });

  test('and there is no other; the next one that starts ends it', async () => {
    await theyTalk();
    const { pid } = theCall();
    await killBothWorkers();
    await isGone(pid);
    stage.callerCall!.hangUp();
    await stage.callerCall!.ended;
    expect(stage.humanCall!.endedAtMs).toBeUndefined();
    await startWorker();
    await humanIsReleased(nowMs());
  });
});

describe('the job is killed', () => {
  test('while two talk: they talk on, and the next hang-up ends it', async () => {
    await theyTalk();
    killJob();
    await theyStillTalk();
    await hangsUp('caller');
    await stage.until((e) => e.type === 'callEnded' && e.cause === 'jobLost', 'its end');
  });

  test("while the human's phone rings: it rings no more, the AI is back, and the transfer has its outcome", async () => {
    await rung();
    const { sinceMs } = killJob();
    await aiIsBack(sinceMs);
    await humanIsReleased(sinceMs);
    const outcome = await stage.until((e) => e.type === 'transferEnded', 'an outcome');
    expect(outcome).toMatchObject({ outcome: 'cancelled', blame: 'us' });
  });
});

describe('the AI is lost before the merge', () => {
  test('its job is killed before its mark is on the room', async () => {
    lab.api!.intercept('UpdateRoomMetadata', { isCarriedOut: false, answer: 'never' });
    await greeted();
    const { sinceMs } = killJob();
    lab.api!.heal();
    await aiIsBack(sinceMs);
  });

  test('its job is killed while the caller talks to it', async () => {
    await greeted();
    await aiIsBack(killJob().sinceMs);
  });

  test('its job is killed while the human is briefed, who is not left alone', async () => {
    await briefed();
    const { sinceMs } = killJob();
    await aiIsBack(sinceMs);
    await humanIsReleased(sinceMs);
  });

  test('its job is killed in the middle of the briefing, and the human is not left alone', async () => {
    await beingBriefed();
    const { sinceMs } = killJob();
    await aiIsBack(sinceMs);
    await humanIsReleased(sinceMs);
    expect(wasOffered()).toBe(false);
  });

  test('its worker is killed while the caller talks to it', async () => {
    await greeted();
    const { sinceMs } = await killWorker();
    await stage.callerCall!.hears({ sentence: oneMoment(), sinceMs }, limitMs);
    await aiIsBack(sinceMs);
  });

  test('its worker is killed while it waits to hear whether the job is alive', async () => {
    await greeted();
    const { sinceMs } = await killWorkerUnanswered();
    await stage.callerCall!.hears({ sentence: oneMoment(), sinceMs }, limitMs);
    await aiIsBack(sinceMs);
  });

  test("its worker is killed while the human's phone rings, and it rings no more", async () => {
    await rung();
    const { sinceMs } = await killWorker();
    await aiIsBack(sinceMs);
    await humanIsReleased(sinceMs);
  });

  test('its worker is killed in the middle of the briefing', async () => {
    await beingBriefed();
    const { sinceMs } = await killWorker();
    await aiIsBack(sinceMs);
    await humanIsReleased(sinceMs);
    expect(wasOffered()).toBe(false);
  });

  test('its worker is killed while the human is briefed', async () => {
    await briefed();
    const { sinceMs } = await killWorker();
    await aiIsBack(sinceMs);
    await humanIsReleased(sinceMs);
  });

  test('its worker is killed and there is no other: the caller is told, and hung up on', async () => {
    await greeted();
    const sinceMs = nowMs();
    await killBothWorkers();
    await callerIsPartedFrom(sinceMs);
  });

  test('the second time the caller is told, and hung up on', async () => {
    await greeted();
    await aiIsBack(killJob().sinceMs);
    await callerIsPartedFrom(killJob().sinceMs);
  });
});

describe('the worker is asked to stop', () => {
  test('and its time for that is over: two who talk are watched by another worker', async () => {
    await theyTalk();
    await lab.stopWorker(itsWorker());
    await theyStillTalk();
    await hangsUp('human');
  });

  test('and its time is long: it watches two who talk until they hang up', async () => {
    await oneWorkerWithTime();
    await theyTalk();
    const stopped = lab.stopWorker('worker');
    await theyStillTalk();
    await hangsUp('human');
    await stopped;
    const ended = await stage.until((e) => e.type === 'callEnded', 'its end');
    expect(ended).toMatchObject({ cause: 'humanLeft' });
  });
});
