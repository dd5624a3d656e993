/**
 * Digest authentication for SIP, MD5 with or without qop=auth (RFC 2617, as RFC 3261 section 22 uses it).
 *
 * Used by phones that dial with a password, and by phones that ask one of whoever calls them. Pure.
 */
import { createHash } from 'node:crypto';
import { uniqueToken } from './sip-message.ts';

export type Credentials = { username: string; password: string };

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** The parameters of a Digest header; undefined when the value is of another scheme. */
export function parseDigest(value: string): Record<string, string> | undefined {
  const scheme = /^Digest\s+(.*)$/is.exec(value.trim());
  if (!scheme) return undefined;
  const parameters: Record<string, string> = {};
  for (const [, name, quoted, plain] of scheme[1]!.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)) {
    parameters[name!.toLowerCase()] = quoted ?? plain ?? '';
  }
  return parameters;
}

type DigestInput = Credentials & {
  realm: string;
  nonce: string;
  method: string;
  uri: string;
  counted?: { nc: string; cnonce: string };
};

function responseFor(input: DigestInput): string {
  const secret = md5(`${input.username}:${input.realm}:${input.password}`);
  const request = md5(`${input.method}:${input.uri}`);
  const counted = input.counted ? `${input.counted.nc}:${input.counted.cnonce}:auth:` : '';
  return md5(`${secret}:${input.nonce}:${counted}${request}`);
}

/** The Authorization value that answers a challenge. Throws when the challenge is not Digest with MD5. */
export function answerChallenge(
  challenge: string,
  request: { method: string; uri: string },
  { username, password }: Credentials,
): string {
  const asked = parseDigest(challenge);
  if (!asked || (asked['algorithm'] ?? 'MD5').toUpperCase() !== 'MD5') {
    throw new Error(`This phone answers only Digest challenges with MD5, not: ${challenge}`);
  }
  const { realm = '', nonce = '', opaque, qop } = asked;
  const counted = qop ? { nc: '00000001', cnonce: uniqueToken() } : undefined;
  const response = responseFor({
    username,
    password,
    realm,
    nonce,
    ...request,
    ...(counted ? { counted } : {}),
  });
  const parameters = [
    `username="${username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${request.uri}"`,
    `response="${response}"`,
    'algorithm=MD5',
    ...(opaque ? [`opaque="${opaque}"`] : []),
    ...(counted ? ['qop=auth', `nc=${counted.nc}`, `cnonce="${counted.cnonce}"`] : []),
  ];
  return `Digest ${parameters.join(', ')}`;
}

/** The value of WWW-Authenticate or Proxy-Authenticate that asks for a password. */
export function challengeFor(realm: string, nonce: string): string {
  return `Digest realm="${realm}", nonce="${nonce}", algorithm=MD5, qop="auth"`;
}

/** Whether an Authorization value answers our challenge with these credentials. */
export function isAnswered(
  authorization: string,
  request: { method: string; nonce: string },
  { username, password }: Credentials,
): boolean {
  const given = parseDigest(authorization);
  if (!given || given['username'] !== username || given['nonce'] !== request.nonce) return false;
  const counted = given['qop']
    ? { nc: given['nc'] ?? '', cnonce: given['cnonce'] ?? '' }
    : undefined;
  const expected = responseFor({
    username,
    password,
    realm: given['realm'] ?? '',
    nonce: request.nonce,
    method: request.method,
    uri: given['uri'] ?? '',
    ...(counted ? { counted } : {}),
  });
  return given['response'] === expected;
}
