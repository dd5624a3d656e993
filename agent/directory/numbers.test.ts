/** What may be dialled: the countries that were allowed, never at a premium, and SIP addresses in their parts. */
import { describe, expect, test } from 'vitest';
import { callingCodeOf, partsOfSipUri, premiumPrefixes, refusal } from './numbers.ts';

const rules = { countries: ['+1', '+49'], refused: ['+1809'] };

describe('a number', () => {
  test.each(['+12025550123', '+4930123456'])(
    'in an allowed country may be dialled: %s',
    (number) => {
      expect(refusal(number, rules)).toBeUndefined();
    },
  );

  test.each([
    ['+441632960123', '+44'],
    ['+3531234567', '+353'],
    ['+79161234567', '+7'],
  ])('in another country is refused, with the code to add: %s', (number, code) => {
    expect(refusal(number, rules)).toMatch(
      /outside of the countries that may be called \(\+1, \+49\)/,
    );
    expect(refusal(number, rules)).toContain(`add ${code} to countries`);
  });

  test.each([...premiumPrefixes])('that begins with %s is refused wherever it is', (prefix) => {
    const number = `${prefix}55501230`.slice(0, 16);
    expect(refusal(number, { countries: [prefix], refused: [] })).toContain('never called');
  });

  test('that the directory refuses is refused, although its country is allowed', () => {
    expect(refusal('+18095550123', rules)).toBe(
      'begins with +1809, and such numbers are never called',
    );
  });

  test('of a SIP address costs nothing by the minute', () => {
    expect(refusal('sip:+19005550123@pbx.example.com', rules)).toBeUndefined();
  });
});

test.each([
  ['+12025550123', '+1'],
  ['+4930123456', '+49'],
  ['+353123456', '+353'],
  ['+420123456789', '+420'],
  ['+998901234567', '+998'],
])('the calling code of %s is %s', (number, code) => expect(callingCodeOf(number)).toBe(code));

describe('a SIP address', () => {
  test.each([
    ['sip:desk@pbx.example.com', { user: 'desk', host: 'pbx.example.com', transport: 'AUTO' }],
    ['sip:d@10.0.0.1:5070;transport=TCP', { user: 'd', host: '10.0.0.1:5070', transport: 'TCP' }],
    ['sips:desk@pbx.example.com', { user: 'desk', host: 'pbx.example.com', transport: 'TLS' }],
    ['SIP:d@h;foo=bar;transport=udp', { user: 'd', host: 'h', transport: 'UDP' }],
  ])('%s is taken apart', (uri, parts) => expect(partsOfSipUri(uri)).toEqual(parts));
});
