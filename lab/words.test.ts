/** The lab's short words are long enough to be heard for certain, and no two of them are the same. */
import { expect, test } from 'vitest';
import { FRAME_MS } from './audio/frames.ts';
import { HURRIED_WORDS_PER_MINUTE, synthesize } from './audio/speech.ts';
import { spokenNames } from './network/departments.ts';
import { replies } from './scenarios/scenario.ts';
import { sentencesOf } from './standins/sentences.ts';
import { words } from './words.ts';

const { agent, hold, failed, consultation, coldTransfer, answeringMachine, guardian, messages } =
  words;
const name = spokenNames.billing;
const readBack = { name: 'Test Caller', spokenName: name, callBack: '1', text: 'Please call me.' };

/** Everything that is spoken, apart from the offer, which ends several of these. */
const offer = sentencesOf(consultation.headline(name, '')).at(-1)!;
const texts = [
  [agent.greeting, agent.noReply, agent.notHeard, agent.whatElse, agent.mustEnd],
  [hold.begins(name), hold.triesAnotherPhone, hold.triesNext(name), hold.dialing(name)],
  [hold.ringing(name), hold.briefing(name), hold.offered(name)],
  Object.values(failed).map((failure) => failure(name)),
  [consultation.headline(name, ''), consultation.noSummary, consultation.offerAgain],
  [consultation.noReply, consultation.notHeard, ...Object.values(consultation.farewells)],
  [coldTransfer.referring(name), answeringMachine.voicemail(name)],
  [guardian.backAgain, guardian.oneMoment],
  [messages.wouldYouLike, messages.readBack(readBack), messages.isKept(name)],
  [messages.isNotKept, ...Object.values(replies)],
].flat();
const sentences = texts.flatMap(sentencesOf).filter((sentence) => sentence !== offer);

test('each is another sentence', () => {
  expect(sentences.filter((one, at) => sentences.indexOf(one) !== at)).toEqual([]);
});

/** The checks take less than ten frames of a sentence for a torn line; so many more may be lost at its edges and on the way. */
const leastFrames = 20;

test.each([...sentences, offer])('“%s” is heard for long enough', async (sentence) => {
  const voice = { wordsPerMinute: HURRIED_WORDS_PER_MINUTE };
  const samples = await synthesize({ sentence, code: 1, sampleRateHz: 8000, voice });
  expect(samples.length / 8 / FRAME_MS).toBeGreaterThanOrEqual(leastFrames);
});
