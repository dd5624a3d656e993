/**
 * Ten pairs talk, connected by one worker, and that worker is killed. When its jobs are gone all ten hang up, and for each the
 * other leg has to be ended by the guardian of the worker that is left. Comes last in a soak: all ten have to be one worker's.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import type { Lab } from '../network/lab.ts';
import { isAlive } from '../network/probes.ts';
import { answersSoon } from '../scenarios/leaving.ts';
import { Stage, hearsToEnd } from '../scenarios/stage.ts';
import type { Lane } from './lanes.ts';

/** What the design promises for each of them. */
const aimMs = 10_000;
const limitMs = 60_000;
/** How many are connected at the same time: more, and this machine tears what they say. */
const atOnce = 2;

/** @returns how long each other leg was left, in ms, longest last. @throws Error when one was not ended within a minute. */
export async function tenBridged(options: {
  lab: Lab;
  lanes: readonly Lane[];
  inTurn: (dial: () => Promise<void>) => Promise<void>;
}): Promise<{ isGood: boolean; leftMs: number[] }> {
  const { lab, lanes, inTurn } = options;
  await lab.stopWorker('second worker');
  const stages: Stage[] = [];
  for (let from = 0; from < lanes.length; from += atOnce) {
    const some = lanes.slice(from, from + atOnce);
    stages.push(...(await Promise.all(some.map((lane) => connected(lab, lane, inTurn)))));
  }
  const jobs = lab.mailbox.calls().map(({ pid }) => pid);
  // With fewer the figure would be of others than those who talk.
  if (jobs.length !== lanes.length)
    throw new Error(`${jobs.length} jobs instead of ${lanes.length}`);
  await lab.startWorker({}, 'second worker');
  await lab.processes.killAlone('worker');
  const deadlineMs = nowMs() + limitMs;
  while (jobs.some(isAlive)) {
    if (nowMs() > deadlineMs) throw new Error('the jobs of the killed worker did not end');
    await delay(50);
  }
  const leftMs = await Promise.all(stages.map(hangsUp));
  leftMs.sort((a, b) => a - b);
  return { isGood: leftMs.every((ms) => ms <= aimMs), leftMs };
}

async function connected(
  lab: Lab,
  { caller, human, ask }: Lane,
  inTurn: (dial: () => Promise<void>) => Promise<void>,
): Promise<Stage> {
  let stage!: Stage;
  await inTurn(async () => {
    stage = new Stage(lab);
    stage.callerPhone = caller;
    stage.humanPhone = human;
    human.whenCalled(answersSoon);
    await stage.callerDials();
    await stage.until((e) => e.type === 'callAnswered', 'an answer');
  });
  await stage.callerCall!.hears({ sentence: stage.endOfGreeting }, limitMs);
  await hearsToEnd(stage.callerCall!);
  await stage.says('caller', ask);
  await stage.humanIsBriefed();
  await stage.presses('human', '1');
  await stage.bothHearEachOther();
  await stage.until((e) => e.type === 'sessionClosed', 'session closed');
  return stage;
}

/** The two still talk, and one hangs up. @returns how long the other was left on the line, in ms. */
async function hangsUp(stage: Stage, index: number): Promise<number> {
  const { callerCall, humanCall, callerPhone, humanPhone } = stage;
  const sinceMs = nowMs();
  await Promise.all([
    callerCall!.hears({ pilot: humanPhone.pilot, sinceMs }, limitMs),
    humanCall!.hears({ pilot: callerPhone.pilot, sinceMs }, limitMs),
  ]);
  const both = [callerCall!, humanCall!] as const;
  const [one, other] = index % 2 === 0 ? both : ([both[1], both[0]] as const);
  const fromMs = nowMs();
  one.hangUp();
  while (other.endedAtMs === undefined) {
    if (nowMs() - fromMs > limitMs) throw new Error('somebody was left alone on the line');
    await delay(20);
  }
  if (other.ending?.by !== 'them') throw new Error('somebody had to hang up themselves');
  return Math.round(other.endedAtMs - fromMs);
}
