/** Each way in which a dial can fail, in the shape in which livekit-server-sdk reports it. */
import { ServerError, SipCallError } from 'livekit-server-sdk';
import { describe, expect, test } from 'vitest';
import { type DialFailure, dialFailure } from './dial-outcome.ts';

/** As measured with livekit-server 1.13.5 and livekit-sip 1.8.0. */
const refused = (sipStatus: number, reason = 'no reason') =>
  new SipCallError('Error', `sip status ${sipStatus}`, 412, 'failed_precondition', {
    sip_status_code: String(sipStatus),
    sip_status: reason,
  });
const failed = (status: number, code: string, message: string) =>
  new ServerError('Error', message, status, code);

describe('a SIP status', () => {
  test.each<[number, DialFailure['outcome']]>([
    [486, 'busy'],
    [600, 'busy'],
    [603, 'declined'],
    [607, 'declined'],
    [608, 'carrier_blocked'],
    [408, 'unanswered'],
    [480, 'unanswered'],
    [487, 'unanswered'],
    [401, 'trunk_failed'],
    [402, 'trunk_failed'],
    [403, 'trunk_failed'],
    [407, 'trunk_failed'],
    [488, 'trunk_failed'],
    [606, 'trunk_failed'],
    [404, 'unreachable'],
    [410, 'unreachable'],
    [484, 'unreachable'],
    [604, 'unreachable'],
    [500, 'unreachable'],
    [503, 'unreachable'],
    [302, 'unreachable'],
    [699, 'unreachable'],
  ])('%i means %s, and is told', (sipStatus, outcome) => {
    const failure = dialFailure(refused(sipStatus));
    expect(failure).toMatchObject({ outcome, sipStatus });
    expect(failure.detail).toMatch(new RegExp(`^SIP ${sipStatus}: `));
  });

  test('counts, whatever the request says beside it', () => {
    const error = new SipCallError('Error', '', 404, 'not_found', { sip_status_code: '404' });
    expect(dialFailure(error).outcome).toBe('unreachable');
  });

  test('comes into the log without what the other side has written', () => {
    expect(dialFailure(refused(480, 'call 12025550123 instead')).detail).not.toMatch(/instead/);
  });
});

describe('an error without a SIP status', () => {
  test.each<[string, unknown, DialFailure['outcome'], RegExp]>([
    [
      'nothing came back',
      failed(408, 'canceled', 'twirp error unknown: sip request timed out'),
      'unanswered',
      /within the ring limit/,
    ],
    [
      'no such trunk',
      failed(404, 'not_found', 'requested sip trunk does not exist'),
      'trunk_failed',
      /pnpm sip:setup/,
    ],
    [
      'TCP refused',
      failed(412, 'failed_precondition', 'connection refused'),
      'trunk_failed',
      /check address, transport and credentials.*connection refused/,
    ],
    [
      'a name that does not resolve',
      failed(400, 'invalid_argument', 'fail to resolve target'),
      'trunk_failed',
      /name resolves/,
    ],
    [
      'no livekit-sip',
      failed(503, 'unavailable', 'no response from servers'),
      'trunk_failed',
      /no livekit-sip/,
    ],
    [
      'no Redis',
      failed(500, 'unknown', 'dial tcp: connection refused'),
      'trunk_failed',
      /logs of livekit-server/,
    ],
    [
      'a phone that hung up as soon as it had answered',
      failed(500, 'unknown', 'twirp error unknown: call already closed'),
      'human_left',
      /as soon as it had answered/,
    ],
    [
      'the same under a code that is known',
      failed(412, 'failed_precondition', 'twirp error unknown: call already closed'),
      'human_left',
      /as soon as it had answered/,
    ],
    ['no livekit-server', new TypeError('fetch failed'), 'trunk_failed', /fetch failed/],
    [
      'no answer to the request',
      new DOMException('aborted due to timeout', 'TimeoutError'),
      'trunk_failed',
      /timeout/,
    ],
    ['an error that is none', undefined, 'trunk_failed', /undefined/],
    [
      'a code that only looks known',
      failed(500, 'constructor', 'odd'),
      'trunk_failed',
      /logs of livekit-server/,
    ],
  ])('%s', (_, error, outcome, detail) => {
    const failure = dialFailure(error);
    expect(failure.outcome).toBe(outcome);
    expect(failure.detail).toMatch(detail);
    expect(failure).not.toHaveProperty('sipStatus');
  });

  test('is told without phone numbers', () => {
    const { detail } = dialFailure(new Error('cannot call sip:+12025550123@trunk'));
    expect(detail).toContain('[number]@trunk');
    expect(detail).not.toMatch(/\d{7}/);
  });
});
