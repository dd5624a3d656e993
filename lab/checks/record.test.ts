/** What counts as a phone number, and as a rejection that nobody handled, in a log. */
import { describe, expect, test } from 'vitest';
import { noPhoneNumber, noUnhandledRejection } from './record.ts';
import type { World } from './world.ts';

const phoneNumbers = ['+12025550100', '+12025550147'];
const passes = (line: string) =>
  noPhoneNumber({ workerLines: [line], phoneNumbers } as unknown as World).pass;

describe('a phone number', () => {
  test.each([
    'caller +12025550147 is here',
    'sip_+12025550147_x',
    'id 992025550147',
    '202 555 0147',
    '202-555-0147',
    '(202) 555-0147',
    '+1 (202) 555-0147',
    '1.202.555.0147',
    '+1202 5550147.',
  ])('is found in "%s"', (line) => expect(passes(line)).toBe(false));

  test.each([
    '{"atMs":1763750147202,"level":20}',
    '2025-11-21T19:55:50.147Z 2025 550 14',
    'port 20255 51147',
    '9202 555 0147',
    '202-555-01478',
    '202, 555, 0147',
  ])('is not in "%s"', (line) => expect(passes(line)).toBe(true));

  test('is not looked for where there are none, but a log without lines is none', () => {
    const world = (workerLines: string[]) =>
      ({ workerLines, phoneNumbers: [] }) as unknown as World;
    expect(noPhoneNumber(world(['202 555 0147'])).pass).toBe(true);
    expect(noPhoneNumber(world([])).pass).toBe(false);
  });

  test('is looked for in a long log in no time', () => {
    const line = `{"level":20,"time":1763750147202,"pid":20255,"msg":"${'a frame of 20 ms, 0.5 '.repeat(20)}"}`;
    const workerLines = Array.from({ length: 30_000 }, () => line);
    const sinceMs = performance.now();
    expect(noPhoneNumber({ workerLines, phoneNumbers } as unknown as World).pass).toBe(true);
    expect(performance.now() - sinceMs).toBeLessThan(5_000);
  });
});

test.each([
  ['{"level":20,"msg":"unhandled rejection"}', false],
  ['Unhandled promise rejection', false],
  ['[UnhandledPromiseRejection: This error originated either by throwing', false],
  ['    triggerUncaughtException(err, true /* fromPromise */);', false],
  ['Uncaught exception in the worker', false],
  ['{"msg":"rejected the call"}', true],
])('a rejection that nobody handled: %s', (line, isGood) => {
  expect(noUnhandledRejection({ workerLines: [line] } as unknown as World).pass).toBe(isGood);
});
