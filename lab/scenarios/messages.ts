/** Stories in which the caller leaves a message; the check on messages asks its receiver what became of it. */
import type { Words } from '../../agent/words.ts';
import { spokenNames } from '../network/departments.ts';
import type { ModelScript } from '../standins/model-script.ts';
import { firstSentence, lastSentence, sentencesOf } from '../standins/sentences.ts';
import { type Scenario, lines, usualScript } from './scenario.ts';
import { type Stage, hearsToEnd } from './stage.ts';

const limitMs = 20_000;

const says = {
  message: 'This is Test Caller, 202 555 0147, please call me.',
  correction: 'No, my number ends in 48.',
  yes: 'Yes, that is right.',
};
const message = {
  destination: 'billing',
  name: 'Test Caller',
  callBack: '+12025550147',
  text: 'Please call me.',
};
const corrected = { ...message, callBack: '+12025550148' };

const isKept = ({ messages }: Words) => firstSentence(messages.isKept(spokenNames.billing));
const isNotKept = ({ messages }: Words) => firstSentence(messages.isNotKept);

/** The sentence that reads back a number with these digits at its end, and the last sentence. */
function readBack({ messages }: Words, last: string): { number: string; end: string } {
  const callBack = `${messages.plus} 1, 2 0 2, 5 5 5, ${last}`;
  const { name, text } = message;
  const all = messages.readBack({ name, spokenName: spokenNames.billing, callBack, text });
  const number = sentencesOf(all).find((sentence) => sentence.includes(last));
  if (number === undefined) throw new Error(`No sentence of "${all}" has the number in it.`);
  return { number, end: lastSentence(all) };
}

/** What the model calls when the caller says so. */
const calls: Record<string, ReturnType<ModelScript>> = {
  [says.message]: { call: { name: 'take_message', arguments: message } },
  [says.correction]: { call: { name: 'take_message', arguments: corrected } },
  [says.yes]: { call: { name: 'confirm_message', arguments: {} } },
};

/** The model that takes messages. */
export const messageScript: ModelScript = (request) => {
  const mayTake = request.tools.includes('take_message') && !request.lastToolResult;
  return (mayTake && calls[request.lastUser ?? '']) || usualScript(request);
};

/** The caller says something, and hears the message read back to its end, with a number that ends in `last`. */
async function hearsItReadBack(stage: Stage, sentence: string, last: string): Promise<void> {
  await stage.says('caller', sentence);
  await isReadBack(stage, last);
}

async function isReadBack(stage: Stage, last: string): Promise<void> {
  const call = stage.callerCall!;
  const sinceMs = stage.said.caller.at(-1)!.endedAtMs;
  const { number, end } = readBack(stage.words, last);
  await call.hears({ sentence: number, sinceMs }, limitMs);
  await call.hears({ sentence: end, sinceMs }, limitMs);
  await hearsToEnd(call, sinceMs);
}

async function confirms(stage: Stage, answer = isKept(stage.words)): Promise<void> {
  await stage.says('caller', says.yes);
  await stage.callerCall!.hears({ sentence: answer }, limitMs);
}

/** The caller wants nobody in person: they leave a message, and are told that it is kept. */
export async function leavesMessage(stage: Stage): Promise<void> {
  await stage.callerAsks(says.message);
  await isReadBack(stage, '0 1 4 7');
  await confirms(stage);
}

const noTransfer = { outcome: 'none', blame: 'nobody', cause: 'callerLeft' } as const;

export const messages: readonly Scenario[] = [
  {
    name: 'message-after-no-answer',
    title: 'nobody picks up; the caller leaves a message, which is read back, kept and delivered',
    expected: {
      outcome: 'no_answer',
      blame: 'human',
      cause: 'callerLeft',
      messages: [message],
    },
    script: messageScript,
    play: async (stage) => {
      stage.humanPhone.whenCalled({ then: 'ring forever' });
      await stage.callerAsks(lines.ask);
      await stage.humanIsCalled();
      await hearsToEnd(stage.callerCall!, (await stage.reaches('returning')).atMs);
      await hearsItReadBack(stage, says.message, '0 1 4 7');
      await confirms(stage);
      stage.callerCall!.hangUp();
    },
  },
  {
    name: 'message-corrected',
    title: 'the caller hears a wrong number read back and corrects it; only the second is kept',
    expected: { ...noTransfer, messages: [corrected] },
    script: messageScript,
    play: async (stage) => {
      await stage.callerAsks(says.message);
      await isReadBack(stage, '0 1 4 7');
      await hearsItReadBack(stage, says.correction, '0 1 4 8');
      await confirms(stage);
      stage.callerCall!.hangUp();
    },
  },
  {
    name: 'message-webhook-down',
    title: 'the receiver is down when the message is kept, then hangs up on it, then has it once',
    expected: { ...noTransfer, messages: [message] },
    script: messageScript,
    play: async (stage) => {
      const { mailbox } = stage.lab;
      await mailbox.webhook.down(async () => {
        await leavesMessage(stage);
        if (mailbox.waiting.length !== 1) {
          throw new Error(`The caller was told of a message, and ${mailbox.waiting.length} wait.`);
        }
        stage.callerCall!.hangUp();
        await stage.until((e) => e.type === 'callEnded', 'call ended');
        mailbox.webhook.behave('hang up', 1);
      });
    },
  },
  {
    name: 'message-cannot-be-kept',
    title: 'there is no room on the disk, and the caller is told that the message was not kept',
    expected: noTransfer,
    script: messageScript,
    play: async (stage) => {
      await stage.callerAsks(says.message);
      await isReadBack(stage, '0 1 4 7');
      await stage.lab.mailbox.full(() => confirms(stage, isNotKept(stage.words)));
      await stage.until((e) => e.type === 'messageFailed', 'message failed');
      stage.callerCall!.hangUp();
    },
  },
];
