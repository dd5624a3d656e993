import { expect, test } from 'vitest';
import { demandInTime, isOfTime, ofTime } from './of-time.ts';

test('an error that was marked is of time, also when all that is left of it are its fields', () => {
  const error = ofTime(new Error('not seen'));
  expect(error.message).toBe('not seen');
  expect(isOfTime(error)).toBe(true);
  expect(isOfTime(structuredClone(Object.assign({}, error)))).toBe(true);
});

test('others are not', () => {
  for (const error of [new Error('wrong'), { ofTime: 'yes' }, undefined, 'late', null]) {
    expect(isOfTime(error)).toBe(false);
  }
});

test('what was polled for in vain is; what a matcher of the same kind says at once is not', async () => {
  const polled = await expect
    .poll(() => 1, { timeout: 60 })
    .toBe(2)
    .catch((error: unknown) => error);
  expect(isOfTime(polled)).toBe(true);
  let said: unknown;
  try {
    expect(1).toBe(2);
  } catch (error) {
    said = error;
  }
  expect(isOfTime(said)).toBe(false);
});

test('a limit is broken by as much as it says, and the error is of time', () => {
  demandInTime('The AI was back', 9_999, 10_000);
  const broken = () => demandInTime('The AI was back', 10_000, 10_000);
  expect(broken).toThrow('The AI was back after 10000 ms; the limit is 10000 ms.');
  try {
    broken();
  } catch (error) {
    expect(isOfTime(error)).toBe(true);
  }
});
