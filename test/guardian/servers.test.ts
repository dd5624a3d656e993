/**
 * Nothing outlives its call, also when what it depends on fails: LiveKit's API, livekit-server, redis, the clock. Judged at the
 * phones and by the server's list of rooms.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CallEvent } from '../../agent/call-events.ts';
import { readMark } from '../../agent/guardian/mark.ts';
import { broken } from '../../lab/network/api-proxy.ts';
import {
  aiAnswers,
  briefed,
  eventually,
  greeted,
  hangsUp,
  isGone,
  itsWorker,
  killJob,
  lab,
  limitMs,
  roomsAreGone,
  setClock,
  stage,
  theCall,
  theyStillTalk,
  theyTalk,
  useTwoWorkers,
} from './two-workers.ts';

useTwoWorkers();

async function isAnswered(): Promise<boolean> {
  const call = lab.phones.caller.dial({ to: lab.sipAddress, ...lab.sipUser });
  const answered = await call.answered(limitMs).then(
    () => true,
    () => false,
  );
  call.hangUp();
  return answered;
}

/** Twice what clients need to be back; meanwhile nobody may be ended, which cannot be seen sooner. */
const isOverMs = 20_000;

describe("LiveKit's API fails", () => {
  test('for a while, when the guardian has something to end', async () => {
    await theyTalk();
    await isGone(killJob().call.pid);
    const deletes = lab.api!.intercept('DeleteRoom', { isCarriedOut: false, answer: broken });
    stage.callerCall!.hangUp();
    await deletes.first(limitMs);
    lab.api!.heal();
    expect((await stage.humanCall!.ended).by).toBe('them');
  });

  test('with an error after it has done what was asked', async () => {
    await theyTalk();
    killJob();
    lab.api!.intercept('DeleteRoom', { answer: broken });
    await hangsUp('human');
  });
});

describe('the clock of a worker jumps by an hour', () => {
  // LiveKit refuses the keys of a worker whose clock is wrong, so it can end nothing; another can.
  test.each([3_600_000, -3_600_000])('%i ms, while two talk', async (aheadMs) => {
    await theyTalk();
    setClock(itsWorker(), aheadMs);
    await theyStillTalk();
    await hangsUp('caller');
    const { atMs } = await stage.until((e) => e.type === 'callEnding', 'the end');
    expect(Math.abs(atMs - Date.now() - aheadMs)).toBeLessThan(60_000);
  });
});

describe('livekit-server is killed and starts again', () => {
  const restartServer = (during = async () => {}) =>
    lab.processes.without('livekit-server', during, () => lab.startLivekitServer());

  test('two who talk are not ended by the guardian, and their hang-up counts', async () => {
    await theyTalk();
    await restartServer();
    await delay(isOverMs);
    await theyStillTalk();
    await hangsUp('caller');
  }, 120_000);

  // Our own AI is late to be back, so that the room is often opened by the caller's leg: it then says that nobody has answered.
  test('an AI that is sent anew leaves two who talk alone, and their room says again whose it is', async () => {
    await theyTalk();
    const { pid, callId } = theCall();
    const before = lab.events.length;
    const hasGone = (e: CallEvent) => e.type === 'callEnded' && e.cause === 'notNeeded';
    process.kill(pid, 'SIGSTOP');
    try {
      await restartServer();
      await eventually(() => lab.events.slice(before).some(hasGone), 'another AI goes');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const saysSo = async () => {
      const [room] = await lab.rooms.listRooms();
      return room !== undefined && readMark(room.metadata)?.callId === callId;
    };
    await eventually(saysSo, 'the room says whose it is');
    await theyStillTalk();
    await hangsUp('caller');
  }, 120_000);

  test('two who have hung up meanwhile leave nothing, nor does a room that has outlived its node', async () => {
    const of = { app: 'livekit-warm-transfer', kind: 'consultation', callId: 'AJ_0' };
    const metadata = JSON.stringify({ ...of, callRoom: 'gone', human: 'human', ai: 'ai' });
    await theyTalk();
    await lab.rooms.createRoom({ name: 'consult-AJ_0-1', emptyTimeout: 600, metadata });
    await restartServer(async () => {
      for (const call of [stage.callerCall!, stage.humanCall!]) {
        call.hangUp();
        await call.ended;
      }
    });
    await roomsAreGone();
  });

  test('one of two has hung up meanwhile: the other is hung up on', async () => {
    await theyTalk();
    await restartServer(async () => {
      stage.humanCall!.hangUp();
      await stage.humanCall!.ended;
    });
    await eventually(() => stage.callerCall!.endedAtMs !== undefined, 'the caller is hung up on');
    expect((await stage.callerCall!.ended).by).toBe('them');
  });

  test('a caller who talks to the AI keeps it', async () => {
    await greeted();
    await restartServer();
    await delay(isOverMs);
    await aiAnswers();
  }, 120_000);

  // The human's leg may be back before their consult room is ended as that of a dead call, or after it, and then opens it anew.
  test('and the job dies with it: a human who was being briefed is not left alone', async () => {
    await briefed();
    await restartServer(() => isGone(killJob().call.pid));
    await eventually(() => stage.humanCall!.endedAtMs !== undefined, 'the human is hung up on');
    expect((await stage.humanCall!.ended).by).toBe('them');
  });
});

describe('redis is killed and starts again', () => {
  test('with what it had: two who talk go on, their hang-up counts, and the line takes calls again', async () => {
    await theyTalk();
    await lab.withoutRedis(() => theyStillTalk());
    await theyStillTalk('caller');
    await hangsUp('caller');
    // livekit-sip refuses calls until it has found redis again.
    await eventually(isAnswered, 'a call is answered');
  });

  // Trunks and dispatch rule are gone with it, so this comes last.
  test('without what it had: two who talk go on, and their hang-up counts', async () => {
    await theyTalk();
    const loseIt = () => rm(join(lab.directory, 'dump.rdb'), { force: true });
    await lab.processes.without('redis-server', loseIt, () => lab.startRedis());
    await theyStillTalk();
    await hangsUp('human');
  });
});
