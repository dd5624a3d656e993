/** Stories of the consultation: what the human does with the offer, and what picks up that is no human. */
import type { Words } from '../../agent/words.ts';
import { spokenNames } from '../network/departments.ts';
import { firstSentence } from '../standins/sentences.ts';
import { answersSoon, callerHearsWhyAndHangsUp } from './leaving.ts';
import { type Scenario, lines, withReplies } from './scenario.ts';
import { type Stage, hearsSince, hearsToEnd } from './stage.ts';

const limitMs = 40_000;
const expired = (spokenName: string) => (words: Words) =>
  ({
    outcome: 'expired',
    blame: 'human',
    cause: 'callerLeft',
    told: words.failed.expired(spokenName),
  }) as const;
const voicemail = (words: Words) =>
  ({
    outcome: 'voicemail',
    blame: 'human',
    cause: 'callerLeft',
    told: words.answeringMachine.voicemail(spokenNames.billing),
  }) as const;

const says = {
  hello: 'Hello, this is the billing team.',
  question: 'Which invoice is it about?',
  again: 'Could you say that again, please?',
  declineWithReason: 'No, I am in a meeting until three.',
  whenThen: 'When could I call again?',
  afterThree: 'You could try again after three.',
} as const;
const greetings = {
  voicemail: 'You have reached the billing team. Please leave a message after the tone.',
  menu: 'For sales, press 1. For support, press 2.',
} as const;

/** Somebody or something has picked up, and the AI has begun to speak. */
export async function untilAnswered(stage: Stage): Promise<void> {
  stage.humanPhone.whenCalled(answersSoon);
  await stage.callerAsks(lines.ask);
  const call = await stage.humanIsCalled();
  await call.answered(limitMs);
}

/** The human is told that it is too late, and released. */
async function humanIsReleased(stage: Stage): Promise<void> {
  const goodbye = firstSentence(stage.words.consultation.farewells.partFromHuman);
  await stage.humanCall!.hears({ sentence: goodbye }, limitMs);
  await stage.humanCall!.ended;
  await callerHearsWhyAndHangsUp(stage);
}

const machine = (name: string, title: string, greeting: string): Scenario => ({
  name,
  title,
  expected: voicemail,
  play: async (stage) => {
    await untilAnswered(stage);
    await stage.says('human', greeting);
    await callerHearsWhyAndHangsUp(stage);
  },
});

export const consulting: readonly Scenario[] = [
  {
    name: 'human-says-nothing',
    title:
      'the human hears the offer three times and says nothing; they are released, the caller is told',
    expected: expired(spokenNames.billing),
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await stage.humanIsBriefed();
      await humanIsReleased(stage);
    },
  },
  {
    name: 'human-never-decides',
    title: 'the human asks and asks until their time is up',
    expected: expired(spokenNames.billing_desk),
    script: withReplies({
      [lines.ask]: {
        call: { name: 'transfer_to_human', arguments: { destination: 'billing_desk' } },
      },
    }),
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      const call = await stage.humanIsBriefed();
      let isOver = false;
      const over = stage.reaches('returning').then(() => void (isOver = true));
      while (!isOver) {
        await stage.says('human', says.question);
        await Promise.race([hearsToEnd(call, stage.said.human.at(-1)!.endedAtMs), over]);
      }
      await humanIsReleased(stage);
    },
  },
  {
    name: 'asks-then-accepts',
    title: 'the human says hello while the AI speaks, asks a question, and then takes the call',
    expected: { outcome: 'connected', blame: 'nobody', by: 'voice', cause: 'humanLeft' },
    play: async (stage) => {
      await untilAnswered(stage);
      await stage.says('human', says.hello);
      await stage.reaches('offered');
      await hearsToEnd(stage.humanCall!);
      await stage.says('human', says.question);
      await hearsToEnd(stage.humanCall!, stage.said.human.at(-1)!.endedAtMs);
      await stage.says('human', lines.accept);
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      stage.humanCall!.hangUp();
    },
  },
  {
    name: 'headline-again',
    title: 'the human hears the headline again by key and by asking, and then takes the call',
    expected: { outcome: 'connected', blame: 'nobody', by: 'key', cause: 'humanLeft' },
    script: withReplies({ [says.again]: { call: { name: 'repeat_headline', arguments: {} } } }),
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      const call = await stage.humanIsBriefed();
      await stage.presses('human', '3');
      const pressedAtMs = stage.pressed.human.at(-1)!.endedAtMs;
      await hearsSince(stage, call, stage.startOfHeadline, pressedAtMs);
      await hearsToEnd(call, pressedAtMs);
      await stage.says('human', says.again);
      const saidAtMs = stage.said.human.at(-1)!.endedAtMs;
      await hearsSince(stage, call, stage.startOfHeadline, saidAtMs);
      await hearsToEnd(call, saidAtMs);
      await stage.presses('human', '1');
      await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
      call.hangUp();
    },
  },
  {
    name: 'declined-with-reason',
    title: 'the human says why they decline; the caller’s AI knows it and makes use of it',
    expected: { outcome: 'declined', blame: 'human', by: 'voice', cause: 'callerLeft' },
    script: (request) => {
      const knows = request.system.includes('in a meeting until three');
      return withReplies({
        [says.declineWithReason]: {
          call: { name: 'decline_transfer', arguments: { reason: 'in a meeting until three' } },
        },
        ...(knows && { [says.whenThen]: { say: says.afterThree } }),
      })(request);
    },
    play: async (stage) => {
      stage.humanPhone.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await stage.humanIsBriefed();
      await stage.says('human', says.declineWithReason);
      const back = await stage.reaches('returning');
      await hearsToEnd(stage.callerCall!, back.atMs);
      await stage.says('caller', says.whenThen);
      await stage.callerCall!.hears({ sentence: says.afterThree }, limitMs);
      await hearsToEnd(stage.callerCall!);
      stage.callerCall!.hangUp();
    },
  },
  machine(
    'voicemail',
    "the human's voicemail picks up; nothing is left on it, and the caller is told",
    greetings.voicemail,
  ),
  machine('phone-menu', 'a phone menu picks up; the caller is told', greetings.menu),
];
