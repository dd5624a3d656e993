/**
 * Nothing outlives its call, also when those who would have ended it are dead: workers and jobs are killed, and another
 * worker's guardian sees to what is left. Judged at the phones and by the server's list of rooms.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HURRIED_WORDS_PER_MINUTE } from '../lab/audio/speech.ts';
import { nowMs } from '../lab/audio/clock.ts';
import { broken } from '../lab/network/api-proxy.ts';
import { Lab } from '../lab/network/lab.ts';
import { answersSoon } from '../lab/scenarios/leaving.ts';
import { lines, usualScript } from '../lab/scenarios/scenario.ts';
import { Stage, hearsToEnd } from '../lab/scenarios/stage.ts';
import { prepare } from '../lab/setup/prepare.ts';
import { setTimeout as delay } from 'node:timers/promises';

const limitMs = 20_000;
/** What a caller may have to wait for the AI to be back, and one of two for the end of the call. */
const promisedMs = 10_000;
const oneMoment = 'One moment please.';
const backAgain = 'I am sorry, the line dropped.';
const mustEnd = 'I am sorry, I have to end this call.';

let lab: Lab;
let stage: Stage;
beforeAll(async () => {
  const tools = await prepare({ say: () => undefined });
  lab = await Lab.start({
    tools,
    script: usualScript,
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
    faultyApi: true,
  });
  await startSecondWorker();
}, 900_000);
afterAll(() => lab?.stop());

function startSecondWorker() {
  const HEALTH_PORT = String(lab.ports.secondHealth);
  return lab.startWorker({ HEALTH_PORT }, 'second worker');
}

beforeEach(() => {
  stage = new Stage(lab);
  stage.humanPhone.whenCalled(answersSoon);
});
afterEach(async () => {
  lab.api!.heal();
  stage.callerCall?.hangUp();
  stage.humanCall?.hangUp();
  stage.close();
  await roomsAreGone();
  if (!lab.processes.has('worker')) await lab.startWorker();
  if (!lab.processes.has('second worker')) await startSecondWorker();
});

async function eventually(
  isSo: () => Promise<boolean> | boolean,
  what: string,
  withinMs = 60_000,
): Promise<void> {
  const startedMs = nowMs();
  while (!(await isSo())) {
    if (nowMs() - startedMs > withinMs) throw new Error(`It never came about that ${what}.`);
    await delay(20);
  }
}

const roomsAreGone = () =>
  eventually(async () => (await lab.rooms.listRooms()).length === 0, 'all rooms are gone');

const killBothWorkers = () =>
  Promise.all(['worker', 'second worker'].map((name) => lab.processes.killAlone(name)));

/** The one call that there is, as the application has it on its disk. */
function theCall() {
  const calls = lab.mailbox.calls();
  expect(calls).toHaveLength(1);
  return calls[0]!;
}

/** Which worker has the call. */
function itsWorker(): string {
  const { parentPid } = theCall();
  const name = ['worker', 'second worker'].find((one) => lab.processes.pidOf(one) === parentPid);
  if (!name) throw new Error(`No worker has the pid ${parentPid}.`);
  return name;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function theyTalk(): Promise<void> {
  await stage.callerAsks(lines.ask);
  await stage.humanIsBriefed();
  await stage.presses('human', '1');
  await stage.bothHearEachOther();
  await stage.until((e) => e.type === 'sessionClosed', 'session closed');
}

async function briefed(): Promise<void> {
  await stage.callerAsks(lines.ask);
  await stage.humanIsBriefed();
}

/** Whoever hangs up, the other is hung up on, and nothing is left. */
async function hangsUp(who: 'caller' | 'human'): Promise<void> {
  const [one, other] = [stage.callerCall!, stage.humanCall!];
  const [first, second] = who === 'caller' ? [one, other] : [other, one];
  const hungUpMs = nowMs();
  first.hangUp();
  await eventually(() => second.endedAtMs !== undefined, 'the other leg is ended', limitMs);
  expect((await second.ended).by).toBe('them');
  expect(second.endedAtMs! - hungUpMs).toBeLessThan(promisedMs);
}

describe('the worker is killed while two talk', () => {
  test('they talk on, and much later the human hangs up', async () => {
    await theyTalk();
    const { pid } = theCall();
    await lab.processes.killAlone(itsWorker());
    await eventually(() => !isAlive(pid), 'the job is gone');
    const sinceMs = nowMs();
    await stage.says('caller', lines.reply);
    await stage.humanCall!.hears({ sentence: lines.reply, sinceMs }, limitMs);
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
    await eventually(() => !isAlive(pid), 'the job is gone');
    stage.callerCall!.hangUp();
    await stage.callerCall!.ended;
    expect(stage.humanCall!.endedAtMs).toBeUndefined();
    await lab.startWorker();
    const readyMs = nowMs();
    await stage.humanCall!.ended;
    expect(stage.humanCall!.endedAtMs! - readyMs).toBeLessThan(promisedMs);
  });
});

/** The caller hears the AI again, and can talk to it as before. */
async function aiIsBack(sinceMs: number): Promise<void> {
  await stage.callerCall!.hears({ sentence: backAgain, sinceMs }, promisedMs);
  await hearsToEnd(stage.callerCall!, sinceMs);
  const askedMs = nowMs();
  await stage.says('caller', 'Are you there?');
  await stage.callerCall!.hears({ sentence: 'I am here to help you.', sinceMs: askedMs }, limitMs);
}

describe('the job is killed', () => {
  test('while two talk: they talk on, and the next hang-up ends it', async () => {
    await theyTalk();
    process.kill(theCall().pid, 'SIGKILL');
    const sinceMs = nowMs();
    await stage.says('human', lines.goOn);
    await stage.callerCall!.hears({ sentence: lines.goOn, sinceMs }, limitMs);
    await hangsUp('caller');
  });

  test("while the human's phone rings: it rings no more, and the AI is back", async () => {
    stage.humanPhone.whenCalled({ then: 'ring forever' });
    await stage.callerAsks(lines.ask);
    await stage.humanIsCalled();
    await stage.reaches('ringing');
    const sinceMs = nowMs();
    process.kill(theCall().pid, 'SIGKILL');
    await aiIsBack(sinceMs);
    await stage.humanCall!.ended;
    expect(stage.humanCall!.endedAtMs! - sinceMs).toBeLessThan(promisedMs);
  });

  test('while the request to move the human is on its way: nobody is left alone', async () => {
    const moves = lab.api!.intercept('MoveParticipant', { arrivesAfterMs: 1_500 });
    await briefed();
    await stage.presses('human', '1');
    await moves.first(limitMs);
    const sinceMs = nowMs();
    process.kill(theCall().pid, 'SIGKILL');
    // The human has taken the call, so the move may still put the two together. Otherwise the AI is back.
    await Promise.any([
      stage.callerCall!.hears({ pilot: stage.humanPhone.pilot, sinceMs }, promisedMs),
      stage.callerCall!.hears({ sentence: backAgain, sinceMs }, promisedMs),
    ]);
    const hungUpMs = nowMs();
    stage.callerCall!.hangUp();
    await stage.humanCall!.ended;
    expect(stage.humanCall!.endedAtMs! - hungUpMs).toBeLessThan(promisedMs);
  });
});

describe("LiveKit's API fails", () => {
  test('for a while, when the guardian has something to end', async () => {
    await theyTalk();
    const { pid } = theCall();
    process.kill(pid, 'SIGKILL');
    await eventually(() => !isAlive(pid), 'the job is gone');
    const deletes = lab.api!.intercept('DeleteRoom', { isCarriedOut: false, answer: broken });
    stage.callerCall!.hangUp();
    await deletes.first(limitMs);
    lab.api!.heal();
    expect((await stage.humanCall!.ended).by).toBe('them');
  });

  test('with an error after it has done what was asked', async () => {
    await theyTalk();
    process.kill(theCall().pid, 'SIGKILL');
    lab.api!.intercept('DeleteRoom', { answer: broken });
    await hangsUp('human');
  });
});

describe('the AI is lost before the merge', () => {
  test('its job is killed while the caller talks to it', async () => {
    await stage.callerDials();
    await hearsToEnd(stage.callerCall!);
    const sinceMs = nowMs();
    process.kill(theCall().pid, 'SIGKILL');
    await aiIsBack(sinceMs);
  });

  test('its job is killed while the human is briefed, who is not left alone', async () => {
    await briefed();
    const sinceMs = nowMs();
    process.kill(theCall().pid, 'SIGKILL');
    await aiIsBack(sinceMs);
    await stage.humanCall!.ended;
    expect(stage.humanCall!.endedAtMs! - sinceMs).toBeLessThan(promisedMs);
  });

  test('its worker is killed while the caller talks to it', async () => {
    await stage.callerDials();
    await hearsToEnd(stage.callerCall!);
    const sinceMs = nowMs();
    await lab.processes.killAlone(itsWorker());
    await stage.callerCall!.hears({ sentence: oneMoment, sinceMs }, limitMs);
    await aiIsBack(sinceMs);
  });

  test('its worker is killed while the human is briefed', async () => {
    await briefed();
    const sinceMs = nowMs();
    await lab.processes.killAlone(itsWorker());
    await aiIsBack(sinceMs);
    expect(stage.humanCall!.endedAtMs! - sinceMs).toBeLessThan(promisedMs);
  });

  test('its worker is killed and there is no other: the caller is told, and hung up on', async () => {
    await stage.callerDials();
    await hearsToEnd(stage.callerCall!);
    const sinceMs = nowMs();
    await killBothWorkers();
    await stage.callerCall!.hears({ sentence: mustEnd, sinceMs }, limitMs);
    expect((await stage.callerCall!.ended).by).toBe('them');
  });

  test('the second time the caller is told, and hung up on', async () => {
    await stage.callerDials();
    await hearsToEnd(stage.callerCall!);
    const sinceMs = nowMs();
    process.kill(theCall().pid, 'SIGKILL');
    await aiIsBack(sinceMs);
    const againMs = nowMs();
    process.kill(theCall().pid, 'SIGKILL');
    await stage.callerCall!.hears({ sentence: mustEnd, sinceMs: againMs }, promisedMs);
    expect((await stage.callerCall!.ended).by).toBe('them');
  });
});

describe('the worker is asked to stop, and its time for that is over', () => {
  test('two who talk are watched by another worker', async () => {
    await theyTalk();
    await lab.stopWorker(itsWorker());
    const sinceMs = nowMs();
    await stage.says('human', lines.goOn);
    await stage.callerCall!.hears({ sentence: lines.goOn, sinceMs }, limitMs);
    await hangsUp('human');
  });
});

describe('livekit-server is killed and starts again', () => {
  const restartServer = (during = async () => {}) =>
    lab.processes.without('livekit-server', during, () => lab.startLivekitServer());

  /** Twice what clients need to be back; meanwhile nobody may be ended, which cannot be seen sooner. */
  const isOverMs = 20_000;

  test('two who talk are not ended by the guardian, and their hang-up counts', async () => {
    await theyTalk();
    await restartServer();
    await delay(isOverMs);
    const sinceMs = nowMs();
    await stage.says('human', lines.goOn);
    await stage.callerCall!.hears({ sentence: lines.goOn, sinceMs }, limitMs);
    await hangsUp('caller');
  }, 120_000);

  test('a room that has outlived its node is ended', async () => {
    const of = {
      app: 'livekit-warm-transfer',
      kind: 'consultation',
      callId: 'AJ_0',
      callRoom: 'gone',
    };
    const metadata = JSON.stringify({ ...of, human: 'human', ai: 'ai' });
    await lab.rooms.createRoom({ name: 'consult-AJ_0-1', emptyTimeout: 600, metadata });
    await restartServer();
    await roomsAreGone();
  });

  test('two who have hung up meanwhile leave nothing', async () => {
    await theyTalk();
    await restartServer(async () => {
      for (const call of [stage.callerCall!, stage.humanCall!]) {
        call.hangUp();
        await call.ended;
      }
    });
    await roomsAreGone();
  });

  test('a caller who talks to the AI keeps it', async () => {
    await stage.callerDials();
    await hearsToEnd(stage.callerCall!);
    await restartServer();
    await delay(isOverMs);
    const sinceMs = nowMs();
    await stage.says('caller', 'Are you there?');
    await stage.callerCall!.hears({ sentence: 'I am here to help you.', sinceMs }, limitMs);
  }, 120_000);
});
