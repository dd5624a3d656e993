/** The plain stories: the human takes the call or does not, and everybody waits for the end. */
import { baresipCaller } from './baresip.ts';
import { answersSoon, callerHearsWhyAndHangsUp } from './leaving.ts';
import { longHold } from './long-hold.ts';
import { type Scenario, lines } from './scenario.ts';
import { type Stage, hearsSteadily } from './stage.ts';

/** The human accepts by key and the two have talked. */
async function untilTheyTalk(stage: Stage): Promise<void> {
  stage.humanPhone.whenCalled(answersSoon);
  await stage.callerAsks(lines.ask);
  await stage.humanIsBriefed();
  await stage.presses('human', '1');
  await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
  await stage.until((e) => e.type === 'sessionClosed', 'session closed');
}

export const deciding: readonly Scenario[] = [
  {
    name: 'accepted-by-voice',
    title: 'the human says that they take the call; the caller hangs up at the end',
    expected: { outcome: 'connected', blame: 'nobody', by: 'voice', cause: 'callerLeft' },
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await stage.humanIsBriefed();
      await stage.says('human', lines.accept);
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      await stage.until((e) => e.type === 'sessionClosed', 'session closed');
      stage.callerCall!.hangUp();
    },
  },
  {
    name: 'accepted-by-key',
    title: 'the human presses 1; the human hangs up at the end',
    expected: { outcome: 'connected', blame: 'nobody', by: 'key', cause: 'humanLeft' },
    play: async (stage) => {
      await untilTheyTalk(stage);
      stage.humanCall!.hangUp();
    },
  },
  {
    name: 'caller-hangs-up-after-merge',
    title: 'caller and human talk; the caller hangs up as soon as they hear each other',
    expected: { outcome: 'connected', blame: 'nobody', by: 'key', cause: 'callerLeft' },
    play: async (stage) => {
      await untilTheyTalk(stage);
      stage.callerCall!.hangUp();
    },
  },
  {
    name: 'human-hangs-up-after-merge',
    title: 'the human hangs up as soon as the two hear each other, before the AI has left',
    expected: { outcome: 'connected', blame: 'nobody', by: 'key', cause: 'humanLeft' },
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      const call = await stage.humanIsBriefed();
      await stage.presses('human', '1');
      await stage.bothHearEachOther();
      // Enough for the check that they heard each other.
      await hearsSteadily(call, stage.callerPhone.pilot, 400);
      await hearsSteadily(stage.callerCall!, stage.humanPhone.pilot, 400);
      call.hangUp();
    },
  },
  {
    name: 'declined-by-voice',
    title: 'the human says that they cannot take the call',
    expected: { outcome: 'declined', blame: 'human', by: 'voice', cause: 'callerLeft' },
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await stage.humanIsBriefed();
      await stage.says('human', lines.decline);
      await callerHearsWhyAndHangsUp(stage);
    },
  },
  {
    name: 'declined-by-key',
    title: 'the human presses 2',
    expected: { outcome: 'declined', blame: 'human', by: 'key', cause: 'callerLeft' },
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await stage.humanIsBriefed();
      await stage.presses('human', '2');
      await callerHearsWhyAndHangsUp(stage);
    },
  },
  {
    name: 'caller-hangs-up-while-ringing',
    title: "the caller gives up while the human's phone rings",
    expected: { outcome: 'abandoned', blame: 'caller', cause: 'callerLeft' },
    play: async (stage) => {
      stage.humanPhone.whenCalled({ then: 'ring forever' });
      await stage.callerAsks(lines.ask);
      await stage.humanIsCalled();
      await stage.reaches('ringing');
      await stage.callerIsPutOnHold();
      stage.callerCall!.hangUp();
    },
  },
  longHold,
  baresipCaller,
];
