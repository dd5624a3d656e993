/** Plays a scenario once in a lab and judges it. The same for demo, command line, tests and benchmark. */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import { smooth } from '../audio/frames.ts';
import { judge } from '../checks/checks.ts';
import { type Latencies, latencies } from '../checks/latencies.ts';
import type { CheckResult, Expected, LegRecord, World } from '../checks/world.ts';
import type { Lab } from '../network/lab.ts';
import { numbers } from '../network/numbers.ts';
import { storyMayBegin } from '../network/start-gate.ts';
import type { CallView } from '../phone/call-view.ts';
import type { LadderEntry } from '../phone/ladder.ts';
import { isOfTime, ofTime } from '../starvation/of-time.ts';
import type { Figures } from '../starvation/rule.ts';
import { Watch } from '../starvation/watch.ts';
import { type Scenario, usualScript } from './scenario.ts';
import { Stage } from './stage.ts';

const playLimitMs = 90_000;
const endLimitMs = 15_000;
const pollMs = 20;

export type Report = {
  scenario: string;
  outcome: string;
  pass: boolean;
  checks: CheckResult[];
  latencies: Latencies;
  /** Why the story could not be acted out to its end. */
  stopped?: string;
  /** It failed by nothing but what a machine that is too slow can cause. */
  ofTime?: true;
  /** What waited for a processor meanwhile, where the system tells. */
  waiting?: Figures;
};

export async function playScenario(options: {
  lab: Lab;
  scenario: Scenario;
  onStage?: (stage: Stage) => void;
}): Promise<{ report: Report; world: World }> {
  const { lab, scenario } = options;
  await storyMayBegin(lab);
  lab.standIns.setScript(scenario.script ?? usualScript);
  const from = {
    line: lab.workerLines.length,
    spoken: lab.standIns.spoken.length,
    heard: lab.standIns.heard.length,
    request: lab.standIns.requests.length,
    message: lab.mailbox.webhook.requests.length,
  };
  const watch = new Watch();
  const stage = new Stage(lab);
  options.onStage?.(stage);
  let [stopped, isStoppedOfTime]: [string | undefined, boolean] = [undefined, true];
  try {
    await withLimit(playLimitMs, scenario.play(stage));
  } catch (error) {
    stopped = error instanceof Error ? error.message : String(error);
    isStoppedOfTime = isOfTime(error);
    // The story broke off: end it, so that the next one finds two free phones.
    stage.callerCall?.hangUp();
    for (const { call } of stage.earlier) call.hangUp();
    stage.humanCall?.hangUp();
  }
  const roomsGoneAtMs = await waitForTheEnd(stage);
  const waiting = watch.end();
  const world = await observe({ stage, scenario, from, roomsGoneAtMs });
  stage.close();
  await scenario.putBack?.(lab);
  const checks = judge(world);
  const outcome = world.events.findLast((e) => e.type === 'transferEnded')?.outcome ?? 'none';
  const failed = checks.filter(({ pass }) => !pass);
  const pass = stopped === undefined && failed.length === 0;
  const mayStarve = !scenario.starvesOnPurpose && isStoppedOfTime;
  const report: Report = {
    scenario: scenario.name,
    outcome,
    pass,
    checks,
    latencies: latencies(world),
    ...(stopped !== undefined && { stopped }),
    ...(!pass && mayStarve && failed.every((check) => check.ofTime) && { ofTime: true }),
    ...(waiting && { waiting }),
  };
  return { report, world };
}

/** @returns when the server was first seen without rooms; undefined when that did not happen in time. */
async function waitForTheEnd(stage: Stage): Promise<number | undefined> {
  const { lab } = stage;
  const deadlineMs = nowMs() + endLimitMs;
  let roomsGoneAtMs: number | undefined;
  while (nowMs() < deadlineMs) {
    const rooms = await lab.rooms.listRooms();
    roomsGoneAtMs = rooms.length === 0 ? (roomsGoneAtMs ?? nowMs()) : undefined;
    const legsUp = [stage.callerCall, stage.humanCall].some(
      (call) => call && call.endedAtMs === undefined,
    );
    const recorded = stage.events.some((e) => e.type === 'callEnded');
    const delivered = stage.events.every(
      (e) => e.type !== 'messageTaken' || lab.mailbox.webhook.hasAcknowledged(e.message),
    );
    const done = recorded && delivered && lab.mailbox.waiting.length === 0;
    if (roomsGoneAtMs && !legsUp && done && (await lab.jobs()) === 0) return roomsGoneAtMs;
    await delay(pollMs);
  }
  return roomsGoneAtMs;
}

async function observe(options: {
  stage: Stage;
  scenario: Scenario;
  from: { line: number; spoken: number; heard: number; request: number; message: number };
  roomsGoneAtMs: number | undefined;
}): Promise<World> {
  const { stage, scenario, from, roomsGoneAtMs } = options;
  const { lab, callerCall, humanCall, humanPhone } = stage;
  const part = (who: 'caller' | 'human') => ({
    said: stage.said[who],
    pressed: stage.pressed[who],
  });
  const decision = lab.standIns.requests
    .slice(from.request)
    .findLast(({ reply }) => reply?.call?.name === 'transfer_to_human');
  return {
    expected: expectedOf(scenario, stage),
    words: lab.words,
    caller: legRecord(stage.callerPhone, callerCall, part('caller')),
    ...(humanCall && { human: legRecord(humanPhone, humanCall, part('human')) }),
    earlier: stage.earlier.map(({ phone, call, ...part }) => legRecord(phone, call, part)),
    events: stage.events,
    spoken: lab.standIns.spoken.slice(from.spoken),
    ...(decision?.finishedAtMs !== undefined && { decidedAtMs: decision.finishedAtMs }),
    heardByAi: lab.standIns.heard.slice(from.heard),
    messages: {
      requests: lab.mailbox.webhook.requests.slice(from.message),
      waiting: lab.mailbox.waiting,
    },
    ...(roomsGoneAtMs !== undefined && { roomsGoneAtMs }),
    roomsLeft: (await lab.rooms.listRooms()).map((room) => room.name),
    jobsLeft: await lab.jobs(),
    workerLines: lab.workerLines.slice(from.line),
    phoneNumbers: Object.values(numbers),
  };
}

/** What the checks go by: of several expected endings the first with the outcome and the cause that came to be. */
function expectedOf({ expected: given }: Scenario, { events, words }: Stage): Expected {
  const expected = typeof given === 'function' ? given(words) : given;
  const all: readonly [Expected, ...Expected[]] = 'outcome' in expected ? [expected] : expected;
  const outcome = events.findLast((e) => e.type === 'transferEnded')?.outcome;
  const cause = events.findLast((e) => e.type === 'callEnded')?.cause;
  return all.find((e) => e.outcome === outcome && e.cause === cause) ?? all[0];
}

export function legRecord(
  phone: { pilot: number },
  call: CallView | undefined,
  part: Pick<LegRecord, 'said' | 'pressed'>,
): LegRecord {
  return {
    pilot: phone.pilot,
    frames: smooth(call?.frames ?? []),
    ...part,
    endings: endingsOf(call),
    ...(call?.invitedAtMs !== undefined && { invitedAtMs: call.invitedAtMs }),
    ...(call?.ringingAtMs !== undefined && { ringingAtMs: call.ringingAtMs }),
    ...(call?.answeredAtMs !== undefined && { answeredAtMs: call.answeredAtMs }),
    ...(call?.ending && { ended: call.ending }),
  };
}

/** What ended the leg, each once, however often it was repeated for a phone that does not answer any more. */
function endingsOf(call: CallView | undefined): number {
  const ladder = call?.ladder ?? [];
  const weAnswered = ladder.findIndex(
    ({ direction, summary }) => direction === 'sent' && summary === '200 OK (INVITE)',
  );
  // A CANCEL that comes after the answer ends nothing (RFC 3261, section 9.2).
  const isLate = ({ summary }: LadderEntry, i: number) =>
    summary === 'CANCEL' && weAnswered >= 0 && i > weAnswered;
  const ends = ladder.filter((entry, i) => endsLeg(entry) && !isLate(entry, i));
  return new Set(ends.map((e) => `${e.direction} ${e.summary} ${e.headers['CSeq']}`)).size;
}

/** A BYE, a CANCEL, or a final refusal; but not the one that asks for a password, or that a CANCEL brings with it. */
function endsLeg({ summary }: { summary: string }): boolean {
  if (/^(401|407|487)\b/.test(summary)) return false;
  return /^(BYE|CANCEL)$/.test(summary) || /^[456]\d\d\b.*\(INVITE\)/.test(summary);
}

async function withLimit<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const limit = new AbortController();
  const late = delay(limitMs, undefined, { signal: limit.signal }).then(() => {
    throw ofTime(new Error(`The scenario was not over after ${limitMs / 1000} s.`));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    limit.abort();
    late.catch(() => undefined);
  }
}
