/**
 * livekit-sip dies while the human's phone rings. It takes both legs with it and tells no phone, so there is nothing that
 * people could hear, and the checks of lab/checks do not apply. What must be true is that nothing stays.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HURRIED_WORDS_PER_MINUTE } from '../lab/audio/speech.ts';
import { Lab } from '../lab/network/lab.ts';
import { lines, usualScript } from '../lab/scenarios/scenario.ts';
import { Stage } from '../lab/scenarios/stage.ts';
import { prepare } from '../lab/setup/prepare.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({
    tools: await prepare({ say: () => undefined }),
    script: usualScript,
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
  });
}, 900_000);

afterAll(() => lab?.stop());

test('a lost livekit-sip is our doing, and leaves no room and no job', async () => {
  const stage = new Stage(lab);
  stage.humanPhone.whenCalled({ then: 'ring forever' });
  await stage.callerAsks(lines.ask);
  await stage.humanIsCalled();
  await stage.reaches('ringing');
  await lab.withoutLivekitSip(async () => {
    await stage.reaches('returning');
  });
  const outcomes = stage.events.filter((event) => event.type === 'transferEnded');
  expect(outcomes).toEqual([expect.objectContaining({ outcome: 'trunk_failed', blame: 'us' })]);
  // livekit-server takes a participant for lost after about 20 s.
  await expect.poll(() => lab.rooms.listRooms(), { timeout: 60_000, interval: 100 }).toEqual([]);
  await expect.poll(() => lab.jobs(), { timeout: 10_000, interval: 100 }).toBe(0);
  const ends = stage.events.filter((event) => event.type === 'callEnded');
  expect(ends).toEqual([expect.objectContaining({ cause: 'callerLeft' })]);
  stage.close();
});
