import { describe, expect, test } from 'vitest';
import { APPLICATION, callOfHuman, humanOf, legOf, readMark, writeMark } from './mark.ts';

const consultation = {
  app: APPLICATION,
  kind: 'consultation',
  callId: 'AJ_1',
  callRoom: 'call-1',
  human: 'human-AJ_1-1',
  ai: 'agent-AJ_1-1',
} as const;

test('what is written is read again', () => {
  const call = {
    app: APPLICATION,
    kind: 'call',
    callId: 'AJ_1',
    phase: 'talking',
    losses: 1,
  } as const;
  expect(readMark(writeMark(call))).toEqual(call);
  expect(readMark(writeMark(consultation))).toEqual(consultation);
});

test('the two words of a dispatch rule are a mark', () => {
  const of = { app: APPLICATION, kind: 'call' };
  expect(readMark(JSON.stringify(of))).toEqual(of);
});

describe('no mark of ours', () => {
  test.each([
    ['nothing', ''],
    ['no JSON', APPLICATION],
    ['nothing in JSON', 'null'],
    ['another application', '{"app":"other","kind":"call"}'],
    ['another kind', `{"app":"${APPLICATION}","kind":"chat"}`],
    ['a consultation of nobody', `{"app":"${APPLICATION}","kind":"consultation"}`],
  ])('%s', (_, metadata) => {
    expect(readMark(metadata)).toBeUndefined();
  });
});

test('a human is named after the call, and nobody else is', () => {
  expect(callOfHuman(humanOf('AJ_1-2'))).toBe('AJ_1');
  expect(callOfHuman('sip_caller')).toBeUndefined();
  expect(callOfHuman('agent-AJ_1-2')).toBeUndefined();
});

test('a leg is told from others, and its number is not in what stands for it', () => {
  const leg = legOf('AJ_1', 'sip_+12025550147');
  expect(leg).toBe(legOf('AJ_1', 'sip_+12025550147'));
  expect(leg).not.toBe(legOf('AJ_1', 'sip_+12025550148'));
  expect(leg).not.toBe(legOf('AJ_2', 'sip_+12025550147'));
  expect(leg).not.toContain('2025550147');
});
