/**
 * Nobody reads the log any more: what worker and jobs print fails from one moment to the next (EPIPE, as ENOSPC when a disk is
 * full). The record of the calls is in that log, so phones and servers alone can tell what has become of them.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HURRIED_WORDS_PER_MINUTE } from '../lab/audio/speech.ts';
import { Lab } from '../lab/network/lab.ts';
import { answersSoon } from '../lab/scenarios/leaving.ts';
import { lines, usualScript } from '../lab/scenarios/scenario.ts';
import { Stage } from '../lab/scenarios/stage.ts';
import { prepare } from '../lab/setup/prepare.ts';

const poll = { timeout: 60_000, interval: 100 };
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({
    tools: await prepare({ say: () => undefined }),
    script: usualScript,
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
  });
}, 900_000);

afterAll(() => lab?.stop());

test('two who talk talk on, a hang-up ends their call, and the next caller is answered', async () => {
  const stage = new Stage(lab);
  stage.humanPhone.whenCalled(answersSoon);
  await stage.callerAsks(lines.ask);
  await stage.humanIsBriefed();
  await stage.presses('human', '1');
  await stage.bothHearEachOther();
  lab.processes.closeOutput('worker');
  await stage.theyTalk({ human: lines.goOn, caller: lines.reply });
  stage.humanCall!.hangUp();
  expect((await stage.callerCall!.ended).by).toBe('them');
  stage.close();
  await expect.poll(() => lab.rooms.listRooms(), poll).toEqual([]);
  await expect.poll(() => lab.jobs(), poll).toBe(0);

  const next = new Stage(lab);
  await next.callerIsGreeted();
  await next.says('caller', lines.ask);
  await next.callerIsPutOnHold();
  next.callerCall!.hangUp();
  next.close();
  await expect.poll(() => lab.rooms.listRooms(), poll).toEqual([]);
  expect(lab.processes.endedByThemselves).toEqual([]);
});
