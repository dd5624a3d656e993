/**
 * Two things that happen in the same 50 ms, so that either may come first. Whichever wins: one outcome, nobody alone,
 * nothing left.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Expected } from '../checks/world.ts';
import { answersSoon, callerHearsWhyAndHangsUp } from './leaving.ts';
import { type Scenario, lines } from './scenario.ts';
import type { Stage } from './stage.ts';

/**
 * From the press to the hang-up. A key counts from its first packet, which leaves within 20 ms, and some 15 ms later the
 * human has been moved. So these are about at the acceptance, in the move, and right after it.
 */
const offsetsMs = [10, 25, 40];

const connected = { outcome: 'connected', blame: 'nobody' } as const;
const humanLeft: Expected = { outcome: 'human_left', blame: 'human', cause: 'callerLeft' };
const abandoned: Expected = { outcome: 'abandoned', blame: 'caller', cause: 'callerLeft' };

async function untilBriefed(stage: Stage): Promise<void> {
  stage.humanPhone.whenCalled(answersSoon);
  await stage.callerAsks(lines.ask);
  await stage.humanIsBriefed();
}

/** The human presses 1, and so long after they began to somebody hangs up. */
async function acceptsAndThen(
  stage: Stage,
  { afterMs, hangUp }: { afterMs: number; hangUp: () => void },
): Promise<void> {
  const pressed = stage.presses('human', '1');
  // Here time is the story.
  await delay(afterMs);
  hangUp();
  await pressed;
}

/** The caller is back with the AI, or the call is ending. */
async function eitherWay(stage: Stage): Promise<void> {
  const next = await stage.until(
    (e) => e.type === 'callEnding' || (e.type === 'phaseChanged' && e.to === 'returning'),
    'an end or a return',
  );
  if (next.type !== 'callEnding') await callerHearsWhyAndHangsUp(stage);
}

const humanHangsUp = offsetsMs.map((afterMs): Scenario => ({
  name: `human-accepts-and-hangs-up-${afterMs}`,
  title: `the human hangs up ${afterMs} ms after they began to press 1`,
  expected: [humanLeft, { ...connected, cause: 'humanLeft', cutShort: true }],
  play: async (stage) => {
    await untilBriefed(stage);
    await acceptsAndThen(stage, { afterMs, hangUp: () => stage.humanCall!.hangUp() });
    await eitherWay(stage);
  },
}));

const callerHangsUp = offsetsMs.map((afterMs): Scenario => ({
  name: `caller-hangs-up-at-acceptance-${afterMs}`,
  title: `the caller hangs up ${afterMs} ms after the human began to press 1`,
  expected: [abandoned, { ...connected, cause: 'callerLeft', cutShort: true }],
  play: async (stage) => {
    await untilBriefed(stage);
    await acceptsAndThen(stage, { afterMs, hangUp: () => stage.callerCall!.hangUp() });
    await stage.until((e) => e.type === 'callEnded', 'the end');
  },
}));

const bothHangUp: Scenario = {
  name: 'both-hang-up-after-merge',
  title: 'caller and human have talked, and hang up in the same moment',
  expected: [
    { ...connected, cause: 'callerLeft' },
    { ...connected, cause: 'humanLeft' },
  ],
  play: async (stage) => {
    await untilBriefed(stage);
    await stage.presses('human', '1');
    await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
    stage.callerCall!.hangUp();
    stage.humanCall!.hangUp();
  },
};

export const racing: readonly Scenario[] = [...humanHangsUp, ...callerHangsUp, bothHangUp];
