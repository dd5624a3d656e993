/** From one number to the next: whom it rings, what the caller hears, and when the caller is back with the AI. */
import { expect, test, vi } from 'vitest';
import type { CallerSide } from '../caller-side.ts';
import type { Candidate } from '../directory/candidates.ts';
import type { Destination } from '../directory/directory.ts';
import type { OutcomeKind } from '../outcome.ts';
import type { HandOver } from './effects.ts';
import { Search } from './search.ts';
import type { Transfer } from './transfer.ts';
import { words } from '../words.ts';

const { hold, failed } = words;

const sales: Destination = {
  key: 'sales',
  spokenName: 'the sales team',
  when: 'always',
  numbers: ['1', '2'],
  ringLimitS: 25,
  decisionLimitS: 120,
  hours: undefined,
  otherwise: 'desk',
  transfer: 'warm',
  callerId: 'business',
  headers: {},
};
const desk: Destination = { ...sales, key: 'desk', spokenName: 'the front desk', numbers: ['3'] };
const three: Candidate[] = [
  { destination: sales, number: '1' },
  { destination: sales, number: '2' },
  { destination: desk, number: '3' },
];

function searching(budget = 9, candidates = three) {
  const rung: string[] = [];
  const heard: string[] = [];
  const order: string[] = [];
  const handOvers: HandOver[] = [];
  let dials = 0;
  const caller = {
    hold: (text: string) => {
      order.push('hold');
      heard.push(`hold: ${text}`);
    },
    returnToAgent: (text: string) => void heard.push(`back: ${text}`),
  } satisfies Partial<CallerSide>;
  const transfer = {
    start: vi.fn(() => void order.push('start')),
    holdWords: 'still ringing',
  };
  const search = new Search({
    candidates,
    caller: caller as unknown as CallerSide,
    open: ({ number }, handOver) => {
      rung.push(number);
      handOvers.push(handOver);
      return transfer as unknown as Transfer;
    },
    mayDial: () => ++dials <= budget,
    words,
    lastWords: 'Anything else?',
  });
  const fails = (outcome: OutcomeKind) => handOvers.at(-1)!(outcome);
  return { search, rung, heard, order, fails, transfer };
}

test('each number is rung after the one before, and the caller stays on hold', async () => {
  const { search, rung, heard, fails, transfer } = searching();
  expect(search.start()).toBe(true);
  await fails('busy');
  await fails('no_answer');
  expect(rung).toEqual(['1', '2', '3']);
  expect(transfer.start).toHaveBeenCalledTimes(3);
  expect(heard).toEqual([
    `hold: ${hold.begins('the sales team')}`,
    `hold: ${failed.busy('the sales team')} ${hold.triesAnotherPhone}`,
    `hold: ${failed.no_answer('the sales team')} ${hold.triesNext('the front desk')}`,
  ]);
});

test('after the last number the caller is back with the AI, and hears about the last', async () => {
  const { search, heard, fails } = searching(9, three.slice(2));
  search.start();
  await fails('declined');
  expect(heard.at(-1)).toBe(`back: ${failed.declined('the front desk')} Anything else?`);
});

test('the words are begun before the phone is rung, so that a referral can wait for them', () => {
  const { search, order } = searching();
  search.start();
  expect(order).toEqual(['hold', 'start']);
});

test('no other number is rung when we could not merge', async () => {
  const { search, rung, heard, fails } = searching();
  search.start();
  await fails('merge_failed');
  expect(rung).toEqual(['1']);
  expect(heard.at(-1)).toMatch(/^back: /);
});

test('dials that are used up end it like a directory that is at its end', async () => {
  const { search, rung, heard, fails } = searching(1);
  search.start();
  await fails('busy');
  expect(rung).toEqual(['1']);
  expect(heard.at(-1)).toBe(`back: ${failed.busy('the sales team')} Anything else?`);
});

test('nothing happens at all when not even the first may be rung', () => {
  const { search, rung, heard } = searching(0);
  expect(search.start()).toBe(false);
  expect([...rung, ...heard]).toEqual([]);
});
