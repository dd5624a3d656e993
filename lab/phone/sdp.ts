/**
 * The session description of a telephone: one audio stream, PCMU, with keys as telephone events (RFC 4566, 3264, 4733).
 *
 * Used by calls when they offer, answer and hold. Pure. It leaves out every other codec, encryption and early media.
 */

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export type Media = {
  host: string;
  port: number;
  direction: Direction;
  /** The payload type of telephone events; absent when the other side takes none. */
  keysPayloadType?: number;
};

export const PCMU_PAYLOAD_TYPE = 0;
export const KEYS_PAYLOAD_TYPE = 101;

/** How we answer an offer of each direction. */
export const ANSWER_TO: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** @param version rises with each description of the same session. */
export function formatSdp(media: Media & { version: number }): string {
  const keys = media.keysPayloadType ?? KEYS_PAYLOAD_TYPE;
  return [
    'v=0',
    `o=phone 1 ${media.version} IN IP4 ${media.host}`,
    's=-',
    `c=IN IP4 ${media.host}`,
    't=0 0',
    `m=audio ${media.port} RTP/AVP ${PCMU_PAYLOAD_TYPE} ${keys}`,
    `a=rtpmap:${PCMU_PAYLOAD_TYPE} PCMU/8000`,
    `a=rtpmap:${keys} telephone-event/8000`,
    `a=fmtp:${keys} 0-15`,
    'a=ptime:20',
    `a=${media.direction}`,
    '',
  ].join('\r\n');
}

/** The other side's audio; undefined when it offers no PCMU over plain RTP. */
export function parseSdp(sdp: string): Media | undefined {
  const media = /^m=audio (\d+) RTP\/AVP ([\d ]+)/m.exec(sdp);
  const host = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1];
  if (!media || !host || !media[2]!.split(' ').includes(String(PCMU_PAYLOAD_TYPE)))
    return undefined;
  const keys = /^a=rtpmap:(\d+) telephone-event\/8000/m.exec(sdp)?.[1];
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(sdp)?.[1];
  return {
    host,
    port: Number(media[1]),
    direction: (direction as Direction | undefined) ?? 'sendrecv',
    ...(keys ? { keysPayloadType: Number(keys) } : {}),
  };
}
