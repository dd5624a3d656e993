/** Whose number calls, as the SIP From header has it. */
import { expect, test } from 'vitest';
import { callerNumber } from './caller-number.ts';

test.each([
  ['"A caller" <sip:+12025550147@carrier.example.com>;tag=1', '+12025550147'],
  ['<sip:12025550147@10.0.0.1:5060>;tag=1', '12025550147'],
  ['<tel:+12025550147>;tag=1', '+12025550147'],
  ['sips:+12025550147@carrier.example.com', '+12025550147'],
  ['"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1', undefined],
  ['<sip:someone@example.com>', undefined],
  ['<sip:911@example.com>', undefined],
  ['', undefined],
])('%s is %s', (from, number) => expect(callerNumber({ 'caller.from': from })).toBe(number));

test('nothing is known when the trunk does not hand the header over', () => {
  expect(callerNumber({})).toBeUndefined();
});
