/** Stories in which the first number does not take the call: another one, another department, or nobody at all. */
import type { Expected } from '../checks/world.ts';
import type { WhenCalled } from '../phone/incoming-call.ts';
import { spokenNames } from '../network/departments.ts';
import type { Phone } from '../phone/phone.ts';
import { lastSentence } from '../standins/sentences.ts';
import { answersSoon, callerHearsWhyAndHangsUp } from './leaving.ts';
import { type Scenario, lines, scriptFor, whatNext } from './scenario.ts';
import type { Stage } from './stage.ts';

const connected = {
  outcome: 'connected',
  blame: 'nobody',
  by: 'key',
  cause: 'callerLeft',
} as const satisfies Expected;
const limitMs = 20_000;
/** For the hour at which a department opens, which only the application knows. */
const opens = 'OPENS';

const rejects = (status: number): WhenCalled => ({ then: { reject: status } });

/** The caller asks; then the phones are called one after the other, each as soon as the one before has failed. */
async function allAreCalled(stage: Stage, phones: readonly [Phone, WhenCalled][]): Promise<void> {
  for (const [phone, behaviour] of phones) phone.whenCalled(behaviour);
  await stage.callerAsks(lines.ask);
  for (const [phone] of phones) {
    stage.nextHuman(phone);
    await stage.humanIsCalled();
  }
}

/** The last phone's human is briefed, takes the call, and the two talk until the caller hangs up. */
async function lastTakesIt(stage: Stage): Promise<void> {
  await stage.humanHearsTheOffer();
  await stage.presses('human', '1');
  await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
  await stage.until((e) => e.type === 'sessionClosed', 'session closed');
  stage.callerCall!.hangUp();
}

export const searching: readonly Scenario[] = [
  {
    name: 'second-number-takes-it',
    title: 'the first number is busy, the second takes the call',
    expected: { ...connected, before: [{ outcome: 'busy', sipStatus: 486 }] },
    script: scriptFor('sales'),
    play: async (stage) => {
      const { human, colleague } = stage.lab.phones;
      await allAreCalled(stage, [
        [human, rejects(486)],
        [colleague, answersSoon],
      ]);
      await lastTakesIt(stage);
    },
  },
  {
    name: 'third-number-takes-it',
    title: 'one number declines, one cannot be reached, the third takes the call',
    expected: { ...connected, before: [{ outcome: 'declined' }, { outcome: 'unreachable' }] },
    script: scriptFor('sales'),
    play: async (stage) => {
      const { human, colleague, third } = stage.lab.phones;
      await allAreCalled(stage, [
        [human, rejects(603)],
        [colleague, rejects(404)],
        [third, answersSoon],
      ]);
      await lastTakesIt(stage);
    },
  },
  {
    name: 'nobody-takes-it',
    title: 'three numbers, and nobody takes the call; the caller is told, and asked what else',
    expected: (words) => ({
      before: [{ outcome: 'busy' }, { outcome: 'unreachable' }],
      outcome: 'busy',
      blame: 'human',
      cause: 'callerLeft',
      told: whatNext(words),
    }),
    script: scriptFor('sales'),
    play: async (stage) => {
      const { human, colleague, third } = stage.lab.phones;
      await allAreCalled(stage, [
        [human, rejects(486)],
        [colleague, rejects(480)],
        [third, rejects(600)],
      ]);
      await stage.callerCall!.hears({ sentence: whatNext(stage.words) }, limitMs);
      await callerHearsWhyAndHangsUp(stage);
    },
  },
  {
    name: 'next-department-takes-it',
    title: 'nobody in the department picks up; the department behind it takes the call',
    expected: { ...connected, before: [{ outcome: 'no_answer' }] },
    script: scriptFor('claims'),
    play: async (stage) => {
      const { human, colleague } = stage.lab.phones;
      await allAreCalled(stage, [
        [human, { then: 'ring forever' }],
        [colleague, answersSoon],
      ]);
      const triesNext = stage.words.hold.triesNext(spokenNames.front_desk);
      await stage.callerCall!.hears({ sentence: lastSentence(triesNext) }, limitMs);
      await lastTakesIt(stage);
    },
  },
  {
    name: 'next-number-after-a-decline',
    title: 'the first human declines with a key after the offer; the second takes the call',
    expected: { ...connected, before: [{ outcome: 'declined' }] },
    script: scriptFor('sales'),
    play: async (stage) => {
      const { human, colleague } = stage.lab.phones;
      human.whenCalled(answersSoon);
      colleague.whenCalled(answersSoon);
      await stage.callerAsks(lines.ask);
      await stage.humanIsBriefed();
      await stage.presses('human', '2');
      stage.nextHuman(colleague);
      await stage.humanIsCalled();
      await lastTakesIt(stage);
    },
  },
  {
    name: 'caller-hangs-up-at-the-second-number',
    title: 'the first number is busy; the caller gives up while the second phone rings',
    expected: {
      before: [{ outcome: 'busy' }],
      outcome: 'abandoned',
      blame: 'caller',
      cause: 'callerLeft',
    },
    script: scriptFor('sales'),
    play: async (stage) => {
      const { human, colleague } = stage.lab.phones;
      await allAreCalled(stage, [
        [human, rejects(486)],
        [colleague, { then: 'ring forever' }],
      ]);
      await stage.until((e) => e.type === 'phaseChanged' && e.to === 'ringing', 'ringing');
      stage.callerCall!.hangUp();
    },
  },
  {
    name: 'department-is-closed',
    title: 'the department is closed: nobody is rung, and the AI goes on with the caller',
    expected: { outcome: 'none', blame: 'nobody', cause: 'callerLeft' },
    script: (request) => {
      if (request.lastToolResult) return { say: request.lastToolResult.output };
      return scriptFor('night_desk')(request);
    },
    play: async (stage) => {
      await stage.callerAsks(lines.ask);
      const { isClosed } = stage.words.agent.transferTool;
      const told = () => stage.lab.standIns.requests.at(-1)?.request.lastToolResult?.output ?? '';
      const [before = '', after = ''] = isClosed(spokenNames.night_desk, opens).split(opens);
      await stage.sees(
        () => told().includes(before) && told().includes(after),
        'the model was told that the department is closed',
      );
      await stage.callerCall!.hears({ sentence: lastSentence(told()) }, limitMs);
      stage.callerCall!.hangUp();
    },
  },
];
