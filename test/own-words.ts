/** A file of words as a forker writes it: another greeting and another offer, and another language for ears and voice. */
import { type Words, words as english } from '../agent/words.ts';

const offer = 'Do you take it? Key one is yes, and key two is no.';

export const words: Words = {
  ...english,
  language: 'de',
  agent: { ...english.agent, greeting: 'Good morning, this is the night watch. What is it about?' },
  consultation: {
    ...english.consultation,
    headline: (spokenName, summary) => `A call for ${spokenName}. ${summary} ${offer}`,
    offerAgain: `${offer} And three to hear it again.`,
  },
};
