/** The lab's sentences agree with the pieces that the real Cartesia plugin cuts. */
import { tokenize } from '@livekit/agents';
import { expect, test } from 'vitest';
import { sentencesOf, timedWords, meant } from './sentences.ts';

/** What the plugin sends for a text that arrives word by word; 8 is the plugin's own setting. */
async function piecesOf(text: string): Promise<string[]> {
  const stream = new tokenize.basic.SentenceTokenizer({ minSentenceLength: 8 }).stream();
  for (const token of text.match(/\S+\s*/g) ?? []) stream.pushText(token);
  stream.endInput();
  const pieces: string[] = [];
  for await (const { token } of stream) pieces.push(token);
  return pieces;
}

test.each([
  ['I can help. Which order is it?', ['I can help.', 'Which order is it?']],
  ['Yes. No. I do not know.', ['Yes.', 'No.', 'I do not know.']],
  ['Dr. Jones of Acme owes $3.50 today. Fine!', ['Dr. Jones of Acme owes $3.50 today.', 'Fine!']],
  ['Really?! Well... that is new.', ['Really?', 'Well...', 'that is new.']],
  ['She said "goodbye." Then she left.', ['She said goodbye.', 'Then she left.']],
  ['Press 1 to accept,\nor 2 to decline', ['Press 1 to accept, or 2 to decline']],
  ['  ', []],
  ['...', []],
])('%j', async (text, expected) => {
  expect(sentencesOf(text)).toEqual(expected);
  expect((await piecesOf(text)).flatMap(sentencesOf)).toEqual(expected);
});

test('a piece of the plugin may hold several short sentences', async () => {
  expect(await piecesOf('Hi. Ok. Bye.')).toEqual(['Hi. Ok. Bye.']);
});

test('words share the duration by their length', () => {
  expect(timedWords('a bbb', 100, 400)).toEqual([
    { word: 'a', startMs: 100, endMs: 200 },
    { word: 'bbb', startMs: 200, endMs: 500 },
  ]);
});

const known = [
  'Yes, please connect me.',
  'Yes, please.',
  'I would like to talk to somebody about my invoice.',
];
test.each([
  ['Yes, please connect me.', 'Yes, please connect me.'],
  ['Yes, please.', 'Yes, please.'],
  ['Yes, please connect', 'Yes, please connect me.'],
  ['please connect me.', 'Yes, please connect me.'],
  ['I would like to talk somebody about my', 'I would like to talk to somebody about my invoice.'],
  ['I I would like to talk to somebody about my invoice.', known[2]!],
  ['Yes, please Yes, please connect', known[0]!],
  ['No, Yes, please.', 'No, Yes, please.'],
  ['I would like to talk', 'I would like to talk'],
  ['connect Yes, please me.', 'connect Yes, please me.'],
  ['Yes,', 'Yes,'],
  ['', ''],
])('“%s” is taken for “%s”', (text, sentence) => {
  expect(meant(text, known)).toBe(sentence);
});
