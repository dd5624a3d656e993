/** The cold way: asked for once the caller knows, and what a refusal means. */
import { initializeLogger } from '@livekit/agents';
import { beforeAll, expect, test, vi } from 'vitest';
import type { Telephony } from '../telephony.ts';
import { Referral } from './referral.ts';
import type { TransferEvent } from './vocabulary.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

function referring(refer: () => Promise<void>, announced = () => Promise.resolve()) {
  const facts: TransferEvent[] = [];
  const verb = vi.fn(refer);
  const referral = new Referral({
    telephony: { refer: verb } as unknown as Telephony,
    candidate: {
      number: '+12025550124',
      destination: {
        key: 'switchboard',
        spokenName: 'the switchboard',
        when: 'always',
        numbers: ['+12025550124'],
        ringLimitS: 20,
        decisionLimitS: 120,
        hours: undefined,
        otherwise: undefined,
        transfer: 'cold',
        callerId: 'business',
        headers: { 'X-Department': 'switchboard' },
      },
    },
    caller: { room: 'call-1', identity: 'caller' },
    announced,
    put: (fact) => void facts.push(fact),
  });
  referral.dial();
  return { facts, refer: verb, referral };
}

test("refers the caller's leg to the number, with the department's settings", async () => {
  const { facts, refer } = referring(() => Promise.resolve());
  await vi.waitFor(() => expect(facts).toEqual([{ type: 'referred' }]));
  expect(refer).toHaveBeenCalledExactlyOnceWith({
    room: 'call-1',
    identity: 'caller',
    to: '+12025550124',
    ringLimitS: 20,
    headers: { 'X-Department': 'switchboard' },
  });
});

test('does not refer anybody who has not heard of it yet', async () => {
  let tell: () => void = () => undefined;
  const { refer } = referring(
    () => Promise.resolve(),
    () => new Promise<void>((resolve) => (tell = resolve)),
  );
  await Promise.resolve();
  expect(refer).not.toHaveBeenCalled();
  tell();
  await vi.waitFor(() => expect(refer).toHaveBeenCalledOnce());
});

test('refers nobody when the attempt has ended meanwhile, and reports nothing', async () => {
  let tell: () => void = () => undefined;
  const { refer, facts, referral } = referring(
    () => Promise.resolve(),
    () => new Promise<void>((resolve) => (tell = resolve)),
  );
  await referral.release();
  tell();
  await new Promise(setImmediate);
  expect(refer).not.toHaveBeenCalled();
  expect(facts).toEqual([]);
});

test.each([
  [486, { type: 'dialRefused', outcome: 'busy', sipStatus: 486 }],
  [480, { type: 'dialUnanswered', sipStatus: 480 }],
  [405, { type: 'dialRefused', outcome: 'unreachable', sipStatus: 405 }],
])('SIP %i means that', async (sipStatusCode, fact) => {
  const { facts } = referring(() =>
    Promise.reject(Object.assign(new Error('x'), { sipStatusCode })),
  );
  await vi.waitFor(() => expect(facts).toEqual([fact]));
});
