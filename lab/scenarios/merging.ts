/**
 * What can become of the request that moves the human to the caller: refused, unanswered, late, or overtaken by a hang-up.
 * The requests are real; a proxy before the server does with them what a story says.
 */
import type { Words } from '../../agent/words.ts';
import type { Expected } from '../checks/world.ts';
import { type ApiFault, type Intercepted, broken, notImplemented } from '../network/api-proxy.ts';
import { spokenNames } from '../network/departments.ts';
import { firstSentence } from '../standins/sentences.ts';
import { demandInTime } from '../starvation/of-time.ts';
import { answersSoon, callerHearsWhyAndHangsUp } from './leaving.ts';
import { type Scenario, lines } from './scenario.ts';
import type { Stage } from './stage.ts';

const limitMs = 20_000;
/** How long a request is under way when somebody hangs up meanwhile. */
const onItsWayMs = 1_500;

const connected: Expected = {
  outcome: 'connected',
  blame: 'nobody',
  by: 'key',
  cause: 'callerLeft',
};
const mergeFailed = ({ failed }: Words): Expected => ({
  outcome: 'merge_failed',
  blame: 'us',
  by: 'key',
  cause: 'callerLeft',
  told: failed.merge_failed(spokenNames.billing),
});

async function theyTalkAndTheCallerHangsUp(stage: Stage): Promise<void> {
  await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
  await stage.until((e) => e.type === 'sessionClosed', 'session closed');
  stage.callerCall!.hangUp();
}

/** The human was briefed and has just pressed 1. */
async function presses1(stage: Stage): Promise<void> {
  await stage.presses('human', '1');
}

const requests: readonly {
  name: string;
  title: string;
  fault: ApiFault;
  realWords?: true;
  expected: Scenario['expected'];
  /** How the human takes the call; with key 1 unless said. */
  accepts?: (stage: Stage) => Promise<void>;
  /** From the acceptance on. */
  then: (stage: Stage, moves: Intercepted) => Promise<void>;
}[] = [
  {
    name: 'merge-refused',
    title: 'the server fails to move the human (500)',
    fault: { isCarriedOut: false, answer: broken },
    expected: mergeFailed,
    then: callerHearsWhyAndHangsUp,
  },
  {
    name: 'merge-refused-while-words-are-spoken',
    realWords: true,
    title:
      'the human accepts while the caller is told how it stands, and the server fails to move them',
    fault: { isCarriedOut: false, answer: broken },
    expected: mergeFailed,
    accepts: async (stage) => {
      const { atMs: sinceMs } = await stage.reaches('offered');
      const sentence = firstSentence(stage.words.hold.offered(spokenNames.billing));
      await stage.callerCall!.hears({ sentence, sinceMs }, limitMs);
      await stage.presses('human', '1');
    },
    then: callerHearsWhyAndHangsUp,
  },
  {
    name: 'merge-refused-though-done',
    title: 'the server moves the human, and answers that it failed (500)',
    fault: { answer: broken },
    expected: connected,
    then: theyTalkAndTheCallerHangsUp,
  },
  {
    name: 'merge-unanswered-though-done',
    title: 'the server moves the human, and its answer is lost',
    fault: { answer: 'never' },
    expected: connected,
    then: theyTalkAndTheCallerHangsUp,
  },
  {
    name: 'merge-unanswered',
    title: 'the request to move the human is lost',
    fault: { isCarriedOut: false, answer: 'never' },
    expected: mergeFailed,
    then: callerHearsWhyAndHangsUp,
  },
  {
    name: 'merge-not-implemented',
    title: 'the server has no MoveParticipant; the log says what to do',
    fault: { isCarriedOut: false, answer: notImplemented },
    expected: mergeFailed,
    then: async (stage) => {
      await callerHearsWhyAndHangsUp(stage);
      const advice = 'the merge needs LiveKit Cloud or the server in lab/server';
      if (!stage.lab.workerLines.some((line) => line.includes(advice))) {
        throw new Error(`The worker's log does not say that ${advice}.`);
      }
    },
  },
  {
    name: 'human-hangs-up-during-merge',
    title: 'the human hangs up while the request to move them is under way',
    fault: { arrivesAfterMs: onItsWayMs },
    expected: { outcome: 'human_left', blame: 'human', by: 'key', cause: 'callerLeft' },
    then: async (stage, moves) => {
      const { atMs } = await moves.first(limitMs);
      stage.humanCall!.hangUp();
      const back = await stage.reaches('returning');
      // The phone says so itself, and the caller need not sit in silence until the request is over.
      demandInTime('The hang-up was noticed', back.atMs - atMs, onItsWayMs);
      await callerHearsWhyAndHangsUp(stage);
    },
  },
  {
    name: 'caller-hangs-up-during-merge',
    title: 'the caller hangs up while the request to move the human is under way',
    fault: { arrivesAfterMs: onItsWayMs },
    expected: { outcome: 'abandoned', blame: 'caller', by: 'key', cause: 'callerLeft' },
    then: async (stage, moves) => {
      await moves.first(limitMs);
      stage.callerCall!.hangUp();
      await stage.humanCall!.ended;
    },
  },
  {
    name: 'accepted-three-times',
    title: 'the human says yes, and presses 1 twice as soon as that is understood: one request',
    fault: {},
    expected: { outcome: 'connected', blame: 'nobody', cause: 'callerLeft' },
    accepts: async (stage) => {
      const { heard } = stage.lab.standIns;
      const before = heard.length;
      await stage.says('human', lines.accept);
      await stage.sees(() => heard.length > before, 'the yes was understood');
      await Promise.all([stage.presses('human', '1'), stage.presses('human', '1')]);
    },
    then: async (stage, moves) => {
      await theyTalkAndTheCallerHangsUp(stage);
      if (moves.count !== 1)
        throw new Error(`There were ${moves.count} requests to move the human.`);
    },
  },
];

const stories: readonly Scenario[] = requests.map(
  ({ name, title, fault, realWords, expected, accepts = presses1, then }) => ({
    name,
    title,
    expected,
    ...(realWords && { realWords }),
    faultyApi: true,
    play: async (stage) => {
      const { api } = stage.lab;
      if (!api) throw new Error('This story needs a lab with `faultyApi`.');
      const moves = api.intercept('MoveParticipant', fault);
      try {
        stage.humanPhone.whenCalled(answersSoon);
        await stage.callerAsks(lines.ask);
        await stage.humanIsBriefed();
        await accepts(stage);
        await then(stage, moves);
      } finally {
        api.heal();
      }
    },
  }),
);

export const merging = stories.filter(({ realWords }) => !realWords);
/** The one that is played with others in which something happens while the AI speaks. */
export const mergingAmidWords = stories.filter(({ realWords }) => realWords);
