/**
 * SIP messages as text and as objects: parse, format, and read the few headers a phone needs (RFC 3261, section 7).
 *
 * Used by everything in this folder that signals. Pure. It leaves out line folding, multipart bodies and SIPS.
 */
import { randomBytes } from 'node:crypto';

export type SipHeader = [name: string, value: string];
type SipParts = { headers: SipHeader[]; body: string };
export type SipRequest = SipParts & { kind: 'request'; method: string; uri: string };
export type SipResponse = SipParts & { kind: 'response'; status: number; reason: string };
export type SipMessage = SipRequest | SipResponse;

const COMPACT: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  c: 'content-type',
  l: 'content-length',
};

const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  200: 'OK',
  202: 'Accepted',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  600: 'Busy Everywhere',
  603: 'Decline',
};

export function reasonPhrase(status: number): string {
  return REASONS[status] ?? 'Unnamed';
}

/** The message in a datagram, or undefined for keep-alives and anything that is not SIP. */
export function parseSip(datagram: Buffer): SipMessage | undefined {
  const [head = '', ...rest] = datagram.toString('utf8').split('\r\n\r\n');
  const [start = '', ...lines] = head.split('\r\n');
  const headers = lines.flatMap((line): SipHeader[] => {
    const colon = line.indexOf(':');
    return colon < 1 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]];
  });
  const parts = { headers, body: rest.join('\r\n\r\n') };
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(start);
  if (response) {
    return { kind: 'response', status: Number(response[1]), reason: response[2]!, ...parts };
  }
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(start);
  return request ? { kind: 'request', method: request[1]!, uri: request[2]!, ...parts } : undefined;
}

export function formatSip(message: SipMessage): string {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const lines = message.headers.map(([name, value]) => `${name}: ${value}`);
  const length = `Content-Length: ${Buffer.byteLength(message.body)}`;
  return `${[start, ...lines, length].join('\r\n')}\r\n\r\n${message.body}`;
}

/** All values of a header, in order, whatever its case or short form. */
export function headersOf(message: SipMessage, name: string): string[] {
  const wanted = name.toLowerCase();
  return message.headers
    .filter(([given]) => (COMPACT[given.toLowerCase()] ?? given.toLowerCase()) === wanted)
    .map(([, value]) => value);
}

/** The first value of a header; empty when there is none. */
export function headerOf(message: SipMessage, name: string): string {
  return headersOf(message, name)[0] ?? '';
}

export function cseqOf(message: SipMessage): { number: number; method: string } {
  const [number = '0', method = ''] = headerOf(message, 'CSeq').split(/\s+/);
  return { number: Number(number), method };
}

/** A parameter behind a semicolon, such as a tag or a branch. */
export function parameterOf(value: string, name: string): string | undefined {
  return new RegExp(`;\\s*${name}=([^;,\\s>]+)`, 'i').exec(value)?.[1];
}

/** The URI of a From, To, Contact or Route value. */
export function uriOf(value: string): string {
  return /<([^>]*)>/.exec(value)?.[1] ?? value.split(';')[0]!.trim();
}

/** User, host and port of a SIP URI; port 5060 when it names none. Throws when it is not a SIP URI. */
export function parseUri(uri: string): { user: string; host: string; port: number } {
  const match = /^sip:(?:([^@]*)@)?([^:;?>]+)(?::(\d+))?/.exec(uri);
  if (!match) throw new Error(`Not a SIP address: ${uri}. Write sip:user@127.0.0.1:port.`);
  const user = decodeURIComponent(match[1] ?? '').split(';')[0]!;
  return { user, host: match[2]!, port: Number(match[3] ?? 5060) };
}

/** An answer to a request, with the headers that RFC 3261, section 8.2.6, wants copied. */
export function responseTo(
  request: SipRequest,
  status: number,
  options: { toTag?: string; headers?: SipHeader[]; body?: string } = {},
): SipResponse {
  const copied = ['Via', 'Record-Route', 'From', 'Call-ID', 'CSeq'].flatMap((name) =>
    headersOf(request, name).map((value): SipHeader => [name, value]),
  );
  const to = headerOf(request, 'To');
  const tagged = options.toTag && !parameterOf(to, 'tag') ? `${to};tag=${options.toTag}` : to;
  return {
    kind: 'response',
    status,
    reason: reasonPhrase(status),
    headers: [...copied, ['To', tagged], ...(options.headers ?? [])],
    body: options.body ?? '',
  };
}

/** What a message is, in a few words: 'INVITE', '180 Ringing (INVITE)'. */
export function summaryOf(message: SipMessage): string {
  return message.kind === 'request'
    ? message.method
    : `${message.status} ${message.reason} (${cseqOf(message).method})`;
}

/** A token that nobody else has, for tags, branches and call ids. */
export function uniqueToken(): string {
  return randomBytes(8).toString('hex');
}
