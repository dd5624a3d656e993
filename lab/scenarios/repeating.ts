/**
 * Stories in which something happens a second time, or somebody else is there: another transfer after one that came to
 * nothing, while the first is still being cleared away; a third person in the call, whose coming and going means nothing.
 */
import { joinFromTheWeb } from '../network/web-client.ts';
import { answersSoon, callerHearsWhyAndHangsUp } from './leaving.ts';
import { type Scenario, lines, usualScript } from './scenario.ts';
import { hearsSteadily } from './stage.ts';

const limitMs = 20_000;
/** Short, so that it is said and understood before the human who declined has heard a goodbye. */
const again = 'Try again.';
const connected = { outcome: 'connected', blame: 'nobody', by: 'key' } as const;

export const againAtOnce: Scenario = {
  name: 'again-at-once',
  realWords: true,
  title:
    'the caller asks again while the human who declined is still thanked; nothing of the first touches the second',
  expected: { ...connected, before: [{ outcome: 'declined' }], cause: 'humanLeft' },
  script: (request) => {
    const asksAgain = request.lastUser === again && !request.lastToolResult;
    return usualScript(asksAgain ? { ...request, lastUser: lines.ask } : request);
  },
  play: async (stage) => {
    stage.humanPhone.whenCalled(answersSoon);
    await stage.callerAsks(lines.ask);
    const first = await stage.humanIsBriefed();
    await stage.presses('human', '2');
    await stage.reaches('returning');
    await stage.says('caller', again);
    await stage.humanIsBriefed();
    await stage.presses('human', '1');
    await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
    await stage.until((e) => e.type === 'sessionClosed', 'session closed');
    await first.ended;
    // Whatever the first attempt still had to clear away, it is done: both are still there, and hear each other.
    await hearsSteadily(stage.humanCall!, stage.callerPhone.pilot, 400);
    await hearsSteadily(stage.callerCall!, stage.humanPhone.pilot, 400);
    stage.humanCall!.hangUp();
  },
};

export const repeating: readonly Scenario[] = [
  {
    name: 'third-person-on-hold',
    title:
      'somebody joins the call room from the web while the caller is on hold, and leaves again',
    expected: { ...connected, cause: 'humanLeft' },
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await stage.humanIsBriefed();
      const leave = await joinFromTheWeb(stage.lab, 'call-');
      await leave();
      await stage.presses('human', '1');
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      await stage.until((e) => e.type === 'sessionClosed', 'session closed');
      stage.humanCall!.hangUp();
    },
  },
  {
    name: 'third-person-in-consultation',
    title: 'somebody joins the consult room from the web and leaves again; the human declines',
    expected: { outcome: 'declined', blame: 'human', by: 'key', cause: 'callerLeft' },
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await stage.humanIsBriefed();
      const leave = await joinFromTheWeb(stage.lab, 'consult-');
      await leave();
      await stage.presses('human', '2');
      await callerHearsWhyAndHangsUp(stage);
    },
  },
  {
    name: 'third-person-after-merge',
    title:
      'somebody joins the two who talk and leaves, and they talk on; joins again, and is no reason to stay open',
    expected: { ...connected, cause: 'callerLeft' },
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      const human = await stage.humanIsBriefed();
      await stage.presses('human', '1');
      await stage.bothHearEachOther();
      await stage.until((e) => e.type === 'sessionClosed', 'session closed');
      const leave = await joinFromTheWeb(stage.lab, 'call-');
      await leave();
      await stage.says('human', lines.goOn);
      await stage.callerCall!.hears({ sentence: lines.goOn }, limitMs);
      await stage.says('caller', lines.reply);
      await human.hears({ sentence: lines.reply }, limitMs);
      const leaveAgain = await joinFromTheWeb(stage.lab, 'call-');
      stage.callerCall!.hangUp();
      await human.ended;
      await leaveAgain();
    },
  },
];
