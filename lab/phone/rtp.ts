/**
 * RTP packets and telephone events as bytes (RFC 3550 section 5.1, RFC 4733 section 2.3).
 *
 * Used by call-audio.ts. Pure. It leaves out RTCP, contributing sources and padding.
 */

export type RtpPacket = {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payload: Uint8Array;
};

const HEADER_BYTES = 12;

export function formatRtp(packet: RtpPacket): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + packet.payload.length);
  bytes[0] = 0x80;
  bytes[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  bytes.writeUInt16BE(packet.sequence & 0xffff, 2);
  bytes.writeUInt32BE(packet.timestamp >>> 0, 4);
  bytes.writeUInt32BE(packet.ssrc >>> 0, 8);
  bytes.set(packet.payload, HEADER_BYTES);
  return bytes;
}

/** The packet in a datagram, or undefined when it is not RTP version 2. */
export function parseRtp(bytes: Buffer): RtpPacket | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0]! >> 6 !== 2) return undefined;
  let start = HEADER_BYTES + 4 * (bytes[0]! & 0x0f);
  const hasExtension = (bytes[0]! & 0x10) !== 0;
  if (hasExtension && bytes.length >= start + 4) start += 4 + 4 * bytes.readUInt16BE(start + 2);
  if (bytes.length < start) return undefined;
  return {
    payloadType: bytes[1]! & 0x7f,
    marker: (bytes[1]! & 0x80) !== 0,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payload: bytes.subarray(start),
  };
}

const KEYS = '0123456789*#ABCD';
/** A moderate -10 dBm0, as RFC 4733 counts it. */
const KEY_VOLUME = 10;

/** The payload that says a key is down, or with `ended` that it was released, after so many samples. */
export function formatKey(key: string, ended: boolean, samples: number): Uint8Array {
  const event = KEYS.indexOf(key);
  if (key.length !== 1 || event < 0) throw new RangeError(`No telephone has a key “${key}”.`);
  return Uint8Array.of(event, (ended ? 0x80 : 0) | KEY_VOLUME, samples >> 8, samples & 0xff);
}

export function parseKey(payload: Uint8Array): { key: string; ended: boolean } | undefined {
  const key = KEYS[payload[0] ?? KEYS.length];
  return key === undefined || payload.length < 4
    ? undefined
    : { key, ended: (payload[1]! & 0x80) !== 0 };
}

/** Counts what one source sent and what arrived, over wrapped sequence numbers and changes of source. */
export class RtpCounter {
  received = 0;
  #lostBefore = 0;
  #ssrc: number | undefined;
  #first = 0;
  #highest = 0;
  #receivedHere = 0;

  count({ ssrc, sequence }: RtpPacket): void {
    this.received += 1;
    if (ssrc !== this.#ssrc) {
      this.#lostBefore = this.lost;
      this.#ssrc = ssrc;
      this.#first = sequence;
      this.#highest = sequence;
      this.#receivedHere = 0;
    }
    this.#receivedHere += 1;
    const ahead = ((sequence - this.#highest + 0x8000) & 0xffff) - 0x8000;
    if (ahead > 0) this.#highest += ahead;
  }

  /** Packets that never came; duplicates can hide some. */
  get lost(): number {
    if (this.#ssrc === undefined) return 0;
    return this.#lostBefore + Math.max(0, this.#highest - this.#first + 1 - this.#receivedHere);
  }
}
