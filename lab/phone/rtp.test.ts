import { expect, test } from 'vitest';
import { formatKey, formatRtp, parseKey, parseRtp, RtpCounter, type RtpPacket } from './rtp.ts';
import { formatSdp, parseSdp } from './sdp.ts';

const packet = (sequence: number, ssrc = 1): RtpPacket => ({
  payloadType: 101,
  marker: true,
  sequence,
  timestamp: 0xffffffff,
  ssrc,
  payload: Uint8Array.of(1, 2, 3),
});

test('a packet is read as it was written, also with sources and an extension before its payload', () => {
  const bytes = formatRtp(packet(65535));
  expect(parseRtp(bytes)).toEqual({ ...packet(65535), payload: Buffer.of(1, 2, 3) });
  const longer = Buffer.concat([
    bytes.subarray(0, 12),
    Buffer.alloc(4),
    Buffer.of(0, 0, 0, 1),
    Buffer.alloc(4),
    Buffer.of(9),
  ]);
  longer[0] = 0x80 | 0x10 | 1;
  expect(parseRtp(longer)?.payload).toEqual(Buffer.of(9));
  expect(parseRtp(bytes.subarray(0, 11))).toBeUndefined();
  expect(parseRtp(Buffer.alloc(20))).toBeUndefined();
});

test('losses are counted over a wrapped sequence number and a change of source', () => {
  const counter = new RtpCounter();
  for (const sequence of [65533, 65534, 1, 0, 2]) counter.count(packet(sequence));
  expect(counter).toMatchObject({ received: 5, lost: 1 });
  for (const sequence of [500, 503]) counter.count(packet(sequence, 2));
  expect(counter).toMatchObject({ received: 7, lost: 3 });
});

test('keys as RFC 4733 writes them', () => {
  expect([...formatKey('#', true, 800)]).toEqual([11, 0x80 | 10, 3, 32]);
  expect(parseKey(formatKey('7', false, 160))).toEqual({ key: '7', ended: false });
  expect(parseKey(Uint8Array.of(99, 0, 0, 0))).toBeUndefined();
  expect(() => formatKey('12', false, 0)).toThrow(/No telephone has a key “12”/);
});

test('a description is read as it was written, and one without PCMU is none', () => {
  const media = {
    host: '127.0.0.1',
    port: 4000,
    direction: 'sendonly',
    keysPayloadType: 96,
  } as const;
  const sdp = formatSdp({ ...media, version: 3 });
  expect(parseSdp(sdp)).toEqual(media);
  expect(parseSdp(sdp.replace('a=sendonly\r\n', ''))?.direction).toBe('sendrecv');
  expect(parseSdp(sdp.replace(/AVP 0 96/, 'AVP 8 96'))).toBeUndefined();
  expect(parseSdp(sdp.replace(/a=rtpmap:96.*\r\n/, ''))?.keysPayloadType).toBeUndefined();
});
