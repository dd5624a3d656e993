/** Faults count down, end by themselves where they should, and heal. */
import { expect, test } from 'vitest';
import { FaultSwitch } from './faults.ts';

const passages = (faults: FaultSwitch, count: number): string[] =>
  Array.from({ length: count }, () => faults.passage());

test('a drop cuts once, after its messages', () => {
  const faults = new FaultSwitch();
  faults.set({ kind: 'drop', afterMessages: 2 });
  expect(passages(faults, 4)).toEqual(['send', 'send', 'drop', 'send']);
  expect(faults.isHealed).toBe(true);
});

test('a stall swallows until healed', () => {
  const faults = new FaultSwitch();
  faults.set({ kind: 'stall', afterMessages: 1 });
  expect(passages(faults, 3)).toEqual(['send', 'swallow', 'swallow']);
  faults.heal();
  expect(passages(faults, 1)).toEqual(['send']);
});

test('a refusal lasts its number of times, and leaves open streams alone', () => {
  const faults = new FaultSwitch();
  faults.set({ kind: 'refuse', status: 503, times: 2 });
  expect(passages(faults, 1)).toEqual(['send']);
  expect([faults.refusal(), faults.refusal(), faults.refusal()]).toEqual([503, 503, undefined]);
  faults.set({ kind: 'refuse', status: 429 });
  expect(Array.from({ length: 5 }, () => faults.refusal())).toEqual(Array(5).fill(429));
});
