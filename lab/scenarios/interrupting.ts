/**
 * Stories in which something happens while the AI speaks: a noise, after which it goes on where it stopped, a voice that breaks
 * off, words of the caller, a merge. They are played with the real words, because short ones are over too soon.
 */
import type { Words } from '../../agent/words.ts';
import { spokenNames } from '../network/departments.ts';
import type { Fault } from '../standins/faults.ts';
import { firstSentence, lastSentence, sentencesOf } from '../standins/sentences.ts';
import { answersSoon } from './leaving.ts';
import { mergingAmidWords } from './merging.ts';
import { againAtOnce } from './repeating.ts';
import { type Scenario, lines, whatNext } from './scenario.ts';
import { type Stage, hearsToEnd } from './stage.ts';

const limitMs = 20_000;
const apology = ({ failed }: Words) => firstSentence(failed.busy(spokenNames.billing));
const busy = { outcome: 'busy', blame: 'human', sipStatus: 486, cause: 'callerLeft' } as const;

/** The caller coughs as soon as they hear a sentence; the AI pauses, and goes on when nothing follows. */
async function coughsInto(stage: Stage, sentence: string, sinceMs = 0): Promise<void> {
  await stage.callerCall!.hears({ sentence, sinceMs }, limitMs);
  await stage.lab.phones.caller.calls.at(-1)!.cough();
}

async function asksForABusyHuman(stage: Stage): Promise<void> {
  stage.humanPhone.whenCalled({ then: { reject: 486 }, ringForMs: 2_000 });
  await stage.says('caller', lines.ask);
}

/** The caller hears to its end what the AI says to a caller who is back, and hangs up. */
async function hearsItAllAndHangsUp(stage: Stage): Promise<void> {
  const { atMs: sinceMs } = await stage.reaches('returning');
  await stage.callerCall!.hears({ sentence: whatNext(stage.words), sinceMs }, limitMs);
  await hearsToEnd(stage.callerCall!, sinceMs);
  stage.callerCall!.hangUp();
}

const coughs: readonly Scenario[] = [
  {
    name: 'cough-in-greeting',
    realWords: true,
    title: 'the caller coughs into the greeting, which goes on where it stopped',
    expected: ({ agent }) => ({ ...busy, whole: sentencesOf(agent.greeting), pauses: true }),
    play: async (stage) => {
      await stage.callerDials();
      await coughsInto(stage, firstSentence(stage.words.agent.greeting));
      await stage.callerCall!.hears({ sentence: stage.endOfGreeting }, limitMs);
      // On a slow line the cough meets this sentence: a pause of the AI's, of two seconds, is not its end.
      await hearsToEnd(stage.callerCall!, 0, 2_500);
      await asksForABusyHuman(stage);
      await stage.humanIsCalled();
      await hearsItAllAndHangsUp(stage);
    },
  },
  {
    name: 'cough-after-return',
    realWords: true,
    title: 'the caller coughs into the words with which they are given back to the AI',
    expected: (words) => ({ ...busy, whole: [apology(words), whatNext(words)], pauses: true }),
    play: async (stage) => {
      await stage.callerIsGreeted();
      await asksForABusyHuman(stage);
      await stage.humanIsCalled();
      const { atMs: sinceMs } = await stage.reaches('returning');
      await coughsInto(stage, apology(stage.words), sinceMs);
      await hearsItAllAndHangsUp(stage);
    },
  },
  {
    name: 'cough-before-hold',
    realWords: true,
    title: 'the caller asks, and coughs when the hold begins; its words are heard whole',
    expected: (words) => ({
      ...busy,
      whole: [
        firstSentence(words.hold.begins(spokenNames.billing)),
        apology(words),
        whatNext(words),
      ],
    }),
    play: async (stage) => {
      await stage.callerIsGreeted();
      await asksForABusyHuman(stage);
      await coughsInto(stage, stage.startOfHold);
      await stage.humanIsCalled();
      await hearsItAllAndHangsUp(stage);
    },
  },
];

const voiceDrops: Scenario = {
  name: 'voice-drops',
  realWords: true,
  title: 'the voice breaks off in the greeting and in the headline, and says both again',
  expected: { outcome: 'connected', blame: 'nobody', by: 'key', cause: 'humanLeft' },
  play: async (stage) => {
    const { cartesia } = stage.lab.standIns.faults;
    const drop: Fault = { kind: 'drop', afterMessages: 30 };
    stage.humanPhone.whenCalled(answersSoon);
    cartesia.set(drop);
    await stage.callerIsGreeted();
    await stage.says('caller', lines.ask);
    const call = await stage.humanIsCalled();
    cartesia.set(drop);
    await call.answered(limitMs);
    const headline = stage.words.consultation.headline(spokenNames.billing, '');
    await call.hears({ sentence: lastSentence(headline) }, limitMs);
    await stage.reaches('offered');
    await stage.presses('human', '1');
    await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
    call.hangUp();
  },
};

export const interrupting: readonly Scenario[] = [
  ...coughs,
  voiceDrops,
  againAtOnce,
  ...mergingAmidWords,
];
