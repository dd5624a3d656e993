import { expect, test } from 'vitest';
import { userOf } from './dialog.ts';
import {
  formatSip,
  headerOf,
  headersOf,
  parameterOf,
  parseSip,
  parseUri,
  responseTo,
  type SipRequest,
  summaryOf,
} from './sip-message.ts';

const INVITE = [
  'INVITE sip:+12025550102@127.0.0.1:5070;transport=udp SIP/2.0',
  'v: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKone;rport',
  'Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bKtwo',
  'From: "A, B" <sip:+12025550101@127.0.0.1>;tag=here',
  't: <sip:+12025550102@127.0.0.1>',
  'Call-ID: one',
  'CSeq: 7 INVITE',
  'Content-Length: 5',
  '',
  'v=0\r\n',
].join('\r\n');

const parsed = (text: string): SipRequest => parseSip(Buffer.from(text)) as SipRequest;

test('a request is read with short and long header names, and written as it was read', () => {
  const request = parsed(INVITE);
  expect(request).toMatchObject({ kind: 'request', method: 'INVITE', body: 'v=0\r\n' });
  expect(headersOf(request, 'Via')).toHaveLength(2);
  expect(parameterOf(headerOf(request, 'From'), 'tag')).toBe('here');
  expect(parameterOf(headerOf(request, 'To'), 'tag')).toBeUndefined();
  expect(headerOf(request, 'Contact')).toBe('');
  const again = parsed(formatSip({ ...request, headers: request.headers.slice(0, -1) }));
  expect(again).toEqual(request);
});

test('a response copies what ties it to its request, and tags it once', () => {
  const response = responseTo(parsed(INVITE), 180, { toTag: 'there' });
  expect(summaryOf(response)).toBe('180 Ringing (INVITE)');
  expect(headersOf(response, 'Via')).toEqual(headersOf(parsed(INVITE), 'Via'));
  expect(headerOf(response, 'To')).toBe('<sip:+12025550102@127.0.0.1>;tag=there');
  const tagged = parsed(INVITE.replace('t: <sip:+12025550102@127.0.0.1>', 't: <sip:x@y>;tag=old'));
  expect(headerOf(responseTo(tagged, 200, { toTag: 'new' }), 'To')).toBe('<sip:x@y>;tag=old');
});

test('keep-alives and noise are no messages', () => {
  expect(parseSip(Buffer.from('\r\n\r\n'))).toBeUndefined();
  expect(parseSip(Buffer.from([1, 2, 3]))).toBeUndefined();
});

test('addresses', () => {
  expect(parseUri('sip:+12025550102@127.0.0.1:5070;transport=udp')).toEqual({
    user: '+12025550102',
    host: '127.0.0.1',
    port: 5070,
  });
  expect(parseUri('sip:127.0.0.1')).toEqual({ user: '', host: '127.0.0.1', port: 5060 });
  expect(() => parseUri('tel:+12025550102')).toThrow(/Not a SIP address/);
  expect(userOf('"A" <sip:+12025550102@127.0.0.1;user=phone>;tag=x')).toBe('+12025550102');
  expect(userOf('<tel:+12025550102>')).toBe('+12025550102');
  expect(userOf('<urn:service:sos>')).toBe('urn:service:sos');
});
