/** What may be dialled: the countries that were allowed, never at a premium, and SIP addresses in their parts. */
import { describe, expect, test } from 'vitest';
import { callingCodeOf, partsOfSipUri, premiumPrefixes, refusal } from './numbers.ts';

/** A number that nobody has, in a country or behind a prefix. */
const nobody = (prefix: string) => prefix.padEnd(12, '0');

const rules = { countries: ['+1', '+49'], refused: ['+1809'] };

describe('a number', () => {
  test.each(['+12025550123', nobody('+49')])(
    'in an allowed country may be dialled: %s',
    (number) => {
      expect(refusal(number, rules)).toBeUndefined();
    },
  );

  test.each([
    [nobody('+44'), '+44'],
    [nobody('+353'), '+353'],
    [nobody('+79'), '+7'],
  ])('in another country is refused, with the code to add: %s', (number, code) => {
    expect(refusal(number, rules)).toMatch(
      /outside of the countries that may be called \(\+1, \+49\)/,
    );
    expect(refusal(number, rules)).toContain(`add ${code} to countries`);
  });

  test.each([...premiumPrefixes])('that begins with %s is refused wherever it is', (prefix) => {
    const number = nobody(prefix);
    expect(refusal(number, { countries: [prefix], refused: [] })).toContain('never called');
  });

  test('that the directory refuses is refused, although its country is allowed', () => {
    expect(refusal(nobody('+1809'), rules)).toBe(
      'begins with +1809, and such numbers are never called',
    );
  });

  test('of a SIP address costs nothing by the minute', () => {
    expect(refusal(`sip:${nobody('+1900')}@pbx.example.com`, rules)).toBeUndefined();
  });
});

test.each([
  ['+12025550123', '+1'],
  [nobody('+4930'), '+49'],
  [nobody('+3531'), '+353'],
  [nobody('+4201'), '+420'],
  [nobody('+9989'), '+998'],
])('the calling code of %s is %s', (number, code) => expect(callingCodeOf(number)).toBe(code));

describe('a SIP address', () => {
  test.each([
    ['sip:desk@pbx.example.com', { user: 'desk', host: 'pbx.example.com', transport: 'AUTO' }],
    ['sip:d@10.0.0.1:5070;transport=TCP', { user: 'd', host: '10.0.0.1:5070', transport: 'TCP' }],
    ['sips:desk@pbx.example.com', { user: 'desk', host: 'pbx.example.com', transport: 'TLS' }],
    ['SIP:d@h;foo=bar;transport=udp', { user: 'd', host: 'h', transport: 'UDP' }],
  ])('%s is taken apart', (uri, parts) => expect(partsOfSipUri(uri)).toEqual(parts));
});
