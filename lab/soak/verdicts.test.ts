/** What is said of a soak as a whole. */
import { describe, expect, test } from 'vitest';
import type { CallPlan, FaultKind } from './plan.ts';
import { guardianKeptOut, hits, nothingEnded } from './verdicts.ts';

describe('faults that hit', () => {
  const call = (kind: FaultKind | undefined, wasHit: boolean) => {
    const common = { call: 1, human: 'is busy', last: 'caller' } as const;
    const fault = kind && { kind, at: 'dialing' as const, afterMs: 0 };
    return { plan: { ...common, ...(fault && { fault }) } as CallPlan, wasHit };
  };
  const hit = call('job killed', true);
  const missed = call('redis killed', false);
  const hundred = Array.from({ length: 98 }, () => call(undefined, false));

  test('of each kind, and where', () => {
    const { figure } = hits([hit, hit, call('job killed', false), missed]);
    expect(figure).toBe('job killed 2/3 (dialing), redis killed 0/1');
  });
  test('one is enough for a few calls', () => {
    expect(hits([hit, missed]).isGood).toBe(true);
    expect(hits([missed, missed]).isGood).toBe(false);
    expect(hits([call(undefined, false)]).isGood).toBe(true);
  });
  test('of many calls, one of each kind', () => {
    expect(hits([hit, missed, ...hundred]).isGood).toBe(false);
    expect(hits([hit, hit, ...hundred]).isGood).toBe(true);
  });
});

describe('the guardian steps in', () => {
  const line = (room: string) =>
    JSON.stringify({ msg: 'the guardian steps in', guardian: { room, do: 'end', why: 'so' } });
  const verdict = (...workerLines: string[]) =>
    guardianKeptOut({
      workerLines,
      undisturbed: new Set(['AJ_1']),
      callsIn: (room) => new Set(room === 'call-1' ? ['AJ_1'] : ['AJ_2']),
    });

  test('in a call in which something broke', () => {
    expect(verdict(line('call-2'), line('consult-AJ_2-1'), '{"msg":"x"}')).toMatchObject({
      isGood: true,
      figure: '0 of 2 steps',
    });
  });
  test.each(['call-1', 'consult-AJ_1-2'])('in %s, in which nothing did', (room) => {
    expect(verdict(line(room))).toMatchObject({
      isGood: false,
      figure: `1 of 1 steps; first: end ${room} (so)`,
    });
  });
});

test('processes that ended by themselves are named', () => {
  expect(nothingEnded([])).toMatchObject({ isGood: true, figure: '0' });
  expect(nothingEnded(['livekit-sip (exit code 2)'])).toMatchObject({
    isGood: false,
    figure: '1, livekit-sip (exit code 2)',
  });
});
