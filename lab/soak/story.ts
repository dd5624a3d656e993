/**
 * One call of a soak, as its plan says: two phones that behave as people do, somebody who may hang up at any moment, and a
 * fault that comes when it comes. People whose story breaks off hang up; they do not hang up for each other.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import type { RecordedEvent } from '../network/lab.ts';
import type { PhoneCall } from '../phone/phone-call.ts';
import type { WhenCalled } from '../phone/incoming-call.ts';
import { answersSoon, callerHearsWhyAndHangsUp } from '../scenarios/leaving.ts';
import { lines } from '../scenarios/scenario.ts';
import { type Stage, hearsToEnd } from '../scenarios/stage.ts';
import type { Lane } from './lanes.ts';
import type { CallPlan, Edge, Human } from './plan.ts';

const limitMs = 20_000;
/** No moment of a call comes later than this. */
const edgeLimitMs = 60_000;
/** Longer than a human is offered the call who says nothing to it. */
const silentHumanMs = 60_000;
const machineGreeting = 'You have reached the billing team. Please leave a message after the tone.';

const whenCalled: Record<Human, WhenCalled> = {
  'accepts by key': answersSoon,
  'accepts by voice': answersSoon,
  'declines by key': answersSoon,
  'declines by voice': answersSoon,
  'is busy': { then: { reject: 486 } },
  'does not pick up': { then: 'ring forever' },
  'has voicemail': answersSoon,
};

/** Acts out a call that was answered, to its planned end. Rejects when it comes otherwise. */
export async function tell(options: { stage: Stage; plan: CallPlan; lane: Lane }): Promise<void> {
  const { stage, plan, lane } = options;
  const { human, last } = plan;
  stage.humanPhone.whenCalled(whenCalled[human]);
  await hearsToEnd(stage.callerCall!);
  await saysUntil(stage, { who: 'caller', line: lane.ask, isUnderstood: isAt('dialing') });
  await stage.humanIsCalled();
  if (human === 'is busy' || human === 'does not pick up') return callerHearsWhyAndHangsUp(stage);
  if (human === 'has voicemail') {
    await stage.humanCall!.answered(limitMs);
    await stage.says('human', machineGreeting);
    // A greeting of which too little arrives is one of a human, who then says nothing.
    await stage.reaches('returning', silentHumanMs);
    return callerHearsWhyAndHangsUp(stage);
  }
  await stage.humanHearsTheOffer();
  const accepts = human === 'accepts by key' || human === 'accepts by voice';
  if (human.endsWith('key')) await stage.presses('human', accepts ? '1' : '2');
  else {
    const line = accepts ? lines.accept : lines.decline;
    const isUnderstood = isAt(accepts ? 'accepted' : 'returning');
    await saysUntil(stage, { who: 'human', line, isUnderstood });
  }
  if (!accepts) return callerHearsWhyAndHangsUp(stage);
  await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
  (last === 'caller' ? stage.callerCall! : stage.humanCall!).hangUp();
}

/** So long nothing happens until people say it again. */
const patienceMs = 6_000;
const tries = 3;

/** On a machine that does too much at once words get lost, and people repeat what was not understood. */
async function saysUntil(
  stage: Stage,
  options: {
    who: 'caller' | 'human';
    line: string;
    isUnderstood: (event: RecordedEvent) => boolean;
  },
): Promise<void> {
  const { who, line, isUnderstood } = options;
  for (let left = tries; ; left -= 1) {
    await stage.says(who, line);
    try {
      await stage.until(isUnderstood, `what "${line}" asks for`, patienceMs);
      return;
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}

/** Does something at a moment of the call; nothing when the moment does not come. @returns whether it came. */
export async function at(
  stage: Stage,
  moment: { at: Edge; afterMs: number },
  act: () => unknown,
): Promise<boolean> {
  const comes = await stage.until(isAt(moment.at), moment.at, edgeLimitMs).catch(() => undefined);
  if (!comes) return false;
  await delay(moment.afterMs);
  await act();
  return true;
}

const isAt = (edge: Edge) => (event: RecordedEvent) => {
  if (edge === 'greeting') return event.type === 'callAnswered';
  if (edge === 'dialing') return event.type === 'transferStarted';
  return event.type === 'phaseChanged' && event.to === edge;
};

/** Whoever is to hang up early does, if they are on the phone then. @returns whether they were. */
export async function hangsUpEarly(stage: Stage, { early }: CallPlan): Promise<boolean> {
  if (!early) return false;
  let wasUp = false;
  await at(stage, early, () => {
    const call = early.who === 'caller' ? stage.callerCall : stage.humanPhone.calls.at(-1);
    wasUp = call !== undefined && call.endedAtMs === undefined;
    call?.hangUp();
  });
  return wasUp;
}

/** Who was hung up on, and how long that took after the other had hung up. */
export type LastLeg = { who: 'caller' | 'human'; afterMs: number };

/**
 * Waits until nobody of the two is on the phone any more.
 * @param humanCalls all calls to the human in this story.
 * @param isBackWithAi whether the caller is, by a fault: then they hang up.
 * @returns the leg that was ended last, by the application; undefined when the people ended both themselves.
 * @throws Error when a leg is still up so long after the other was.
 */
export async function bothAreOffThePhone(options: {
  caller: PhoneCall;
  humanCalls: () => readonly PhoneCall[];
  isBackWithAi: () => boolean;
  limitMs: number;
}): Promise<LastLeg | undefined> {
  const { caller, humanCalls, isBackWithAi } = options;
  const up = () => [caller, ...humanCalls()].filter((call) => call.endedAtMs === undefined);
  const deadlineMs = nowMs() + options.limitMs;
  while (up().length > 0) {
    if (isBackWithAi()) caller.hangUp();
    if (nowMs() > deadlineMs) {
      const who = up().map((call) => (call === caller ? 'the caller' : 'the human'));
      throw new Error(
        `${who.join(' and ')} was still on the line ${options.limitMs / 1000} s after the other had left`,
      );
    }
    await delay(20);
  }
  const all = [caller, ...humanCalls()].toSorted((a, b) => a.endedAtMs! - b.endedAtMs!);
  const last = all.at(-1)!;
  if (all.length < 2 || last.ending?.by !== 'them') return undefined;
  const afterMs = Math.round(last.endedAtMs! - all.at(-2)!.endedAtMs!);
  return { who: last === caller ? 'caller' : 'human', afterMs };
}
