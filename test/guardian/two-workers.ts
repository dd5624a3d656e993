/**
 * A lab with two workers, each with a guardian, and a stage for each test: what the stories of this folder share. Each ends with
 * all rooms gone and both workers there, its calls on record, and nothing in the log that must not be there.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { nowMs } from '../../lab/audio/clock.ts';
import { HURRIED_WORDS_PER_MINUTE } from '../../lab/audio/speech.ts';
import { noPhoneNumber, noUnhandledRejection } from '../../lab/checks/record.ts';
import type { World } from '../../lab/checks/world.ts';
import { Lab } from '../../lab/network/lab.ts';
import { numbers } from '../../lab/network/numbers.ts';
import { storyMayBegin } from '../../lab/network/start-gate.ts';
import { answersSoon } from '../../lab/scenarios/leaving.ts';
import { lines, replies, withReplies } from '../../lab/scenarios/scenario.ts';
import { Stage, hearsToEnd } from '../../lab/scenarios/stage.ts';
import { isAlive } from '../../lab/network/probes.ts';
import { type WorkerName, workerNames } from '../../lab/network/workers.ts';
import { prepare } from '../../lab/setup/prepare.ts';
import { firstSentence } from '../../lab/standins/sentences.ts';
import { demandInTime, ofTime } from '../../lab/starvation/of-time.ts';
import { notOnRecord } from '../../lab/soak/record-kept.ts';

export const limitMs = 20_000;
/** What a caller may have to wait for the AI to be back, and one of two for the end of the call. */
export const promisedMs = 10_000;
export const oneMoment = () => firstSentence(lab.words.guardian.oneMoment);
const backAgain = () => firstSentence(lab.words.guardian.backAgain);
const mustEnd = () => firstSentence(lab.words.agent.mustEnd);

/** Understood as a wish for the department whose calls the caller's provider takes over. */
const askForSwitchboard = 'Please put me through to the switchboard.';
const script = withReplies({
  [askForSwitchboard]: {
    call: { name: 'transfer_to_human', arguments: { destination: 'switchboard' } },
  },
});

export let lab: Lab;
export let stage: Stage;
/** Where the story begins in what all stories have recorded and printed. */
let from: { event: number; line: number };

/** To be called once in a file of tests. */
export function useTwoWorkers(): void {
  beforeAll(startLab, 900_000);
  afterAll(() => lab?.stop());
  beforeEach(async () => {
    await storyMayBegin(lab);
    from = { event: lab.events.length, line: lab.workerLines.length };
    stage = new Stage(lab);
    stage.humanPhone.whenCalled(answersSoon);
  });
  afterEach(async () => {
    lab.api!.heal();
    for (const name of workerNames) setClock(name, 0);
    stage.callerCall?.hangUp();
    stage.humanCall?.hangUp();
    stage.close();
    await roomsAreGone();
    for (const name of workerNames) if (!lab.processes.has(name)) await startWorker(name);
    await recordIsWhole();
    // An AI whose client tried to be back until now may have opened a room anew.
    await roomsAreGone();
    logIsClean();
  });
}

/** Each transfer of the story has one outcome and each call one end, if not at once: others may have to find what has died. */
async function recordIsWhole(): Promise<void> {
  const missing = () => notOnRecord(lab.events.slice(from.event));
  await eventually(() => missing().length === 0, 'the record is whole').catch(() => undefined);
  expect(missing()).toEqual([]);
}

function logIsClean(): void {
  const workerLines = lab.workerLines.slice(from.line);
  const log = { workerLines, phoneNumbers: Object.values(numbers) } as unknown as World;
  for (const check of [noUnhandledRejection, noPhoneNumber]) {
    expect(check(log)).toMatchObject({ pass: true });
  }
}

async function startLab(): Promise<void> {
  const tools = await prepare({ say: () => undefined });
  lab = await Lab.start({
    tools,
    script,
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
    faultyApi: true,
    worker: false,
  });
  for (const name of workerNames) await startWorker(name);
}

const clockOf = (name: WorkerName) => join(lab.directory, `clock of ${name}`);

/** Sets the clock of a worker and its jobs; they are 100 ms late to notice. @param aheadMs of the right time. */
export function setClock(name: WorkerName, aheadMs: number): void {
  writeFileSync(clockOf(name), String(aheadMs));
}

/** @param env what is to be otherwise than usual. */
export function startWorker(name: WorkerName = 'worker', env: Record<string, string> = {}) {
  const clock = pathToFileURL(join(import.meta.dirname, '../../lab/network/jumping-clock.ts'));
  clock.searchParams.set('file', clockOf(name));
  return lab.startWorker({ NODE_OPTIONS: `--import=${clock.href}`, ...env }, name);
}

export async function eventually(
  isSo: () => Promise<boolean> | boolean,
  what: string,
  withinMs = 60_000,
): Promise<void> {
  const startedMs = nowMs();
  while (!(await isSo())) {
    if (nowMs() - startedMs > withinMs) {
      throw ofTime(new Error(`It never came about that ${what}.`));
    }
    await delay(20);
  }
}

export const roomsAreGone = () =>
  eventually(async () => (await lab.rooms.listRooms()).length === 0, 'all rooms are gone');

export const killBothWorkers = () =>
  Promise.all(workerNames.map((name) => lab.processes.killAlone(name)));

/** The one call that there is, as the application has it on its disk. */
export function theCall() {
  const calls = lab.mailbox.calls();
  expect(calls).toHaveLength(1);
  return calls[0]!;
}

/** Which worker has the call. */
export function itsWorker(): WorkerName {
  const name = lab.workerOf(theCall().callId)?.name;
  if (!name) throw new Error('No worker has the call.');
  return name;
}

/** Kills the process that has the call, and nothing else. @returns when, and the call. */
export function killJob() {
  const call = theCall();
  process.kill(call.pid, 'SIGKILL');
  return { sinceMs: nowMs(), call };
}

/** Kills the worker that has the call, and none of its jobs. @returns when. */
export async function killWorker(): Promise<{ sinceMs: number }> {
  const [name, sinceMs] = [itsWorker(), nowMs()];
  await lab.processes.killAlone(name);
  return { sinceMs };
}

/** How often a worker asks its jobs whether they are alive: 2.5 s (agents 1.8.1, proc_pool.ts), and something over. */
const pingMs = 3_000;

/** As `killWorker`, but it has just asked the job whether that is alive, and the answer will find nobody. */
export async function killWorkerUnanswered(): Promise<{ sinceMs: number }> {
  const { pid } = theCall();
  process.kill(pid, 'SIGSTOP');
  try {
    await delay(pingMs);
    return await killWorker();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

export const isGone = (pid: number) => eventually(() => !isAlive(pid), 'the job is gone');

export async function greeted(): Promise<void> {
  await stage.callerIsGreeted();
}

/** The caller's provider was asked to call the department, and does not say what came of it. */
export async function referred(): Promise<void> {
  lab.phones.caller.whenReferred({ report: 'nothing' });
  await stage.callerAsks(askForSwitchboard);
  await stage.callerIsReferred();
}

/** The phone of the human has the call, and has not said so. */
export async function dialled(): Promise<void> {
  stage.humanPhone.whenCalled({ then: 'ring forever', sendRinging: false });
  await stage.callerAsks(lines.ask);
  await stage.humanIsCalled();
}

/** The human's phone rings, and goes on ringing. */
export async function rung(): Promise<void> {
  stage.humanPhone.whenCalled({ then: 'ring forever' });
  await stage.callerAsks(lines.ask);
  await stage.humanIsCalled();
  await stage.reaches('ringing');
}

/** The human has answered and is being told what it is about. */
export async function beingBriefed(): Promise<void> {
  await stage.callerAsks(lines.ask);
  await stage.humanIsCalled();
  await stage.reaches('briefing');
}

export async function briefed(): Promise<void> {
  await stage.callerAsks(lines.ask);
  await stage.humanIsBriefed();
}

/** The human has accepted, and the request to move them takes its time. */
export async function merging(): Promise<void> {
  const moves = lab.api!.intercept('MoveParticipant', { arrivesAfterMs: 1_500 });
  await briefed();
  await stage.presses('human', '1');
  await moves.first(limitMs);
}

export async function theyTalk(): Promise<void> {
  await briefed();
  await stage.presses('human', '1');
  await stage.bothHearEachOther();
  await stage.until((e) => e.type === 'sessionClosed', 'session closed');
}

/** One says something, and the other hears it. */
export async function theyStillTalk(who: 'caller' | 'human' = 'human'): Promise<void> {
  const [line, other] =
    who === 'human' ? [lines.goOn, stage.callerCall!] : [lines.reply, stage.humanCall!];
  const sinceMs = nowMs();
  await stage.says(who, line);
  await other.hears({ sentence: line, sinceMs }, limitMs);
}

/** Whoever hangs up, the other is hung up on, within what is promised. */
export async function hangsUp(who: 'caller' | 'human'): Promise<void> {
  const [one, other] = [stage.callerCall!, stage.humanCall!];
  const [first, second] = who === 'caller' ? [one, other] : [other, one];
  const hungUpMs = nowMs();
  first.hangUp();
  await eventually(() => second.endedAtMs !== undefined, 'the other leg is ended', limitMs);
  expect((await second.ended).by).toBe('them');
  demandInTime('The other was hung up on', second.endedAtMs! - hungUpMs, promisedMs);
}

/** The human is let go as soon as is promised. */
export async function humanIsReleased(sinceMs: number): Promise<void> {
  await stage.humanCall!.ended;
  demandInTime('The human was let go', stage.humanCall!.endedAtMs! - sinceMs, promisedMs);
}

/** The caller can talk to the AI. */
export async function aiAnswers(): Promise<void> {
  const sinceMs = nowMs();
  await stage.says('caller', 'Are you there?');
  await stage.callerCall!.hears({ sentence: replies.helps, sinceMs }, limitMs);
}

/** The caller hears that the AI is back, in time from the kill whatever else they heard first, and can talk to it as before. */
export async function aiIsBack(sinceMs: number): Promise<void> {
  const { atMs } = await stage.callerCall!.hears({ sentence: backAgain(), sinceMs }, limitMs);
  demandInTime('The AI was back', atMs - sinceMs, promisedMs);
  await hearsToEnd(stage.callerCall!, sinceMs);
  await aiAnswers();
}

/**
 * The human has taken the call, so they may still be put together with the caller; otherwise the AI is back, and the human is
 * let go because it was lost, and not because somebody hangs up.
 */
export async function nobodyIsLeftAlone(sinceMs: number): Promise<void> {
  const { callerCall, humanPhone } = stage;
  const first = await Promise.any([
    callerCall!.hears({ pilot: humanPhone.pilot, sinceMs }, limitMs),
    callerCall!
      .hears({ sentence: backAgain(), sinceMs }, limitMs)
      .then((at) => ({ ...at, isAi: true })),
  ]);
  demandInTime('The caller heard somebody', first.atMs - sinceMs, promisedMs);
  callerCall!.hangUp();
  await humanIsReleased('isAi' in first ? sinceMs : nowMs());
}

/** There is one worker alone, and when it is told to stop it has time. */
export async function oneWorkerWithTime(): Promise<void> {
  await lab.stopWorker('second worker');
  await lab.stopWorker('worker');
  await startWorker('worker', { WORKER_DRAIN_SECONDS: '600' });
}

/** The caller hears why the call ends, and is hung up on. */
export async function callerIsPartedFrom(sinceMs: number): Promise<void> {
  await stage.callerCall!.hears({ sentence: mustEnd(), sinceMs }, limitMs);
  expect((await stage.callerCall!.ended).by).toBe('them');
}
