import { expect, test } from 'vitest';
import { answerChallenge, challengeFor, isAnswered, parseDigest } from './digest.ts';

const MUFASA = { username: 'Mufasa', password: 'Circle Of Life' };
const NONCE = 'dcd98b7102dd2f0e8b11d0f600bfb0c093';

test('accepts the example of RFC 2617, section 3.5, and nothing next to it', () => {
  const header =
    'Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", qop=auth, ' +
    `nonce="${NONCE}", nc=00000001, cnonce="0a4f113b", ` +
    'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
  const request = { method: 'GET', nonce: NONCE };
  expect(isAnswered(header, request, MUFASA)).toBe(true);
  expect(isAnswered(header, { ...request, method: 'PUT' }, MUFASA)).toBe(false);
  expect(isAnswered(header, { ...request, nonce: 'another' }, MUFASA)).toBe(false);
  expect(isAnswered(header, request, { ...MUFASA, password: 'circle of life' })).toBe(false);
  expect(isAnswered(header.replace('Mufasa', 'Simba'), request, MUFASA)).toBe(false);
});

test.each([
  ['with qop', challengeFor('lab', NONCE)],
  ['without qop', `Digest realm="lab",nonce="${NONCE}",opaque="o"`],
])('its own answer to a challenge %s is accepted', (_, challenge) => {
  const answer = answerChallenge(challenge, { method: 'INVITE', uri: 'sip:a@b' }, MUFASA);
  expect(isAnswered(answer, { method: 'INVITE', nonce: NONCE }, MUFASA)).toBe(true);
  expect(parseDigest(answer)?.['uri']).toBe('sip:a@b');
});

test('other schemes and algorithms are named, not guessed at', () => {
  const request = { method: 'INVITE', uri: 'sip:a@b' };
  expect(() => answerChallenge('Bearer x', request, MUFASA)).toThrow(/only Digest/);
  const sha = 'Digest realm="r", nonce="n", algorithm=SHA-256';
  expect(() => answerChallenge(sha, request, MUFASA)).toThrow(/SHA-256/);
  expect(isAnswered('', { method: 'INVITE', nonce: NONCE }, MUFASA)).toBe(false);
});
