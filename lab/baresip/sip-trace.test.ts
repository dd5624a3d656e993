import { expect, test } from 'vitest';
import { SipTrace, type TracedMessage } from './sip-trace.ts';

/** As baresip 1.0.0 prints it, shortened. */
const printed = `ua: using best effort AF: af=AF_INET
\u001b[36;1m#
UDP 127.0.0.1:20510 -> 127.0.0.1:20505
INVITE sip:+12025550100@127.0.0.1:20505 SIP/2.0
Call-ID: ca3ec5e5053013ee
CSeq: 25784 INVITE

v=0
a=sendrecv
\u001b[;m
\u001b[31mnothing to do with it
\u001b[;m\u001b[36;1m#
UDP 127.0.0.1:20505 -> 127.0.0.1:20510
SIP/2.0 180 Ringing
Call-ID: ca3ec5e5053013ee
CSeq: 25784 INVITE

\u001b[;m
call: SIP Progress: 180 Ringing (/)`;

test('finds the messages among other lines, with the time of their first line', () => {
  const trace = new SipTrace();
  const found = printed
    .split('\n')
    .map((line, i) => trace.line(line, i))
    .filter((traced): traced is TracedMessage => traced !== undefined);

  expect(found.map(({ atMs, from, to }) => ({ atMs, from, to }))).toEqual([
    { atMs: 1, from: '127.0.0.1:20510', to: '127.0.0.1:20505' },
    { atMs: 11, from: '127.0.0.1:20505', to: '127.0.0.1:20510' },
  ]);
  expect(found[0]!.message).toMatchObject({ kind: 'request', method: 'INVITE' });
  expect(found[0]!.message.headers).toContainEqual(['CSeq', '25784 INVITE']);
  expect(found[0]!.message.body).toContain('a=sendrecv');
  expect(found[1]!.message).toMatchObject({ kind: 'response', status: 180, reason: 'Ringing' });
});

test('passes over what is no SIP message, and goes on', () => {
  const trace = new SipTrace();
  const lines = ['\u001b[36;1m#', 'UDP 127.0.0.1:1 -> 127.0.0.1:2', '\u001b[;m'];
  expect(lines.map((line) => trace.line(line, 0))).toEqual([undefined, undefined, undefined]);
  const found = printed.split('\n').filter((line) => trace.line(line, 0));
  expect(found).toHaveLength(2);
});
