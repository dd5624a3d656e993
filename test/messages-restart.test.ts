/** A message that a caller was told is kept outlives its worker: the next one delivers it, and nobody gets it twice. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HURRIED_WORDS_PER_MINUTE } from '../lab/audio/speech.ts';
import { Lab } from '../lab/network/lab.ts';
import { leavesMessage, messageScript } from '../lab/scenarios/messages.ts';
import { Stage } from '../lab/scenarios/stage.ts';
import { prepare } from '../lab/setup/prepare.ts';
import { isAcknowledged } from '../lab/standins/webhook.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({
    tools: await prepare({ say: () => undefined }),
    script: messageScript,
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
  });
}, 900_000);

afterAll(() => lab?.stop());

test('a worker that is killed after it told the caller loses no message', async () => {
  const { mailbox } = lab;
  mailbox.webhook.behave({ refuse: 503 });
  const stage = new Stage(lab);
  await leavesMessage(stage);
  const taken = await stage.until((e) => e.type === 'messageTaken', 'message taken');
  const id = taken.type === 'messageTaken' ? taken.message : '';
  const startAgain = () => lab.startWorker();
  const during = async () => {
    stage.callerCall!.hangUp();
    expect(mailbox.waiting).toEqual([expect.stringContaining(id)]);
    mailbox.webhook.behave('accept');
  };
  await lab.processes.without('worker', during, startAgain);
  // Longer than the claim of a worker that was killed while it was sending.
  await expect.poll(() => mailbox.waiting, { timeout: 60_000, interval: 50 }).toEqual([]);
  const { requests } = mailbox.webhook;
  expect(requests.every((request) => request.id === id && request.isSigned)).toBe(true);
  expect(requests.filter(isAcknowledged)).toHaveLength(1);
  expect(isAcknowledged(requests.at(-1)!)).toBe(true);
  stage.close();
});
