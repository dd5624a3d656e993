/** Which calls a worker takes, and with which load it shares in them. */
import { initializeLogger } from '@livekit/agents';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from '../limits.ts';
import { Intake } from './intake.ts';
import type { Processor } from './watch.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

const enough: Processor = { isShort: false, gotPercent: 100, lateMs: 0, sinceMs: undefined };
const got = (gotPercent: number): Processor => ({ ...enough, gotPercent });
const short: Processor = { isShort: true, gotPercent: 20, lateMs: 0, sinceMs: 0 };

function worker(options: { processor?: Processor; looked?: Processor; maxCalls?: number } = {}) {
  const { processor = enough, looked = processor, maxCalls } = options;
  const goesOn = (metadata: string) => metadata === 'goes on';
  const watch = { now: processor, lookNow: () => looked };
  return new Intake({ processor: watch, maxCalls, goesOn });
}

/** LiveKit asks for a call. @returns what it is told. */
async function ask(intake: Intake, id: string, metadata = ''): Promise<string> {
  const said: string[] = [];
  await intake.answer({
    id,
    job: { metadata },
    accept: async () => void said.push('accepted'),
    reject: async () => void said.push('declined'),
  });
  return said.join();
}

const with_ = (...ids: string[]) =>
  ({ activeJobs: ids.map((id) => ({ job: { id } })) }) as unknown as Parameters<Intake['load']>[0];

describe('a call', () => {
  test('is taken', async () => {
    expect(await ask(worker(), 'AJ_1')).toBe('accepted');
  });

  test('is declined by a worker that is short of processor, which counts it', async () => {
    const intake = worker({ processor: short });
    expect(await ask(intake, 'AJ_1')).toBe('declined');
    expect(intake.declined).toBe(1);
  });

  test('is taken when another look says that the shortage is over', async () => {
    expect(await ask(worker({ processor: short, looked: enough }), 'AJ_1')).toBe('accepted');
  });

  test('goes on with slow help rather than with none', async () => {
    expect(await ask(worker({ processor: short }), 'AJ_1', 'goes on')).toBe('accepted');
  });

  test('is declined by a worker that has as many as it may', async () => {
    const intake = worker({ maxCalls: 2 });
    await intake.load(with_('AJ_1', 'AJ_2'));
    expect(await ask(intake, 'AJ_3')).toBe('declined');
  });

  test('is declined by a worker that has just taken as many, before the SDK counts them', async () => {
    const intake = worker({ maxCalls: 2 });
    await intake.load(with_('AJ_1'));
    expect(await ask(intake, 'AJ_2')).toBe('accepted');
    expect(await ask(intake, 'AJ_3')).toBe('declined');
  });

  test('is taken when one that was taken has been given to nobody', async () => {
    const intake = worker({ maxCalls: 1 });
    await ask(intake, 'AJ_1');
    vi.advanceTimersByTime(limits.assignmentMs - 1);
    expect(await ask(intake, 'AJ_2')).toBe('declined');
    vi.advanceTimersByTime(1);
    expect(await ask(intake, 'AJ_3')).toBe('accepted');
  });
});

describe('the load', () => {
  const fullFrom = 0.7;

  test.each<[string, { processor?: Processor; maxCalls?: number }, string[], number]>([
    ['of an idle worker', {}, [], 0],
    ['of half the calls', { maxCalls: 2 }, ['AJ_1'], fullFrom / 2],
    ['of all the calls', { maxCalls: 2 }, ['AJ_1', 'AJ_2'], fullFrom],
    [
      'of half of what it may get less',
      { processor: got((100 + limits.shortBelowPercent) / 2) },
      [],
      fullFrom / 2,
    ],
    ['of more calls than processor', { processor: got(90), maxCalls: 2 }, ['AJ_1'], fullFrom / 2],
  ])('%s', async (_, options, calls, expected) => {
    expect(await worker(options).load(with_(...calls))).toBeCloseTo(expected);
  });

  test('is not full in a shortage, so that the worker is asked and can look again', async () => {
    const load = await worker({ processor: short }).load(with_());
    expect(load).toBeGreaterThan(fullFrom * 0.9);
    expect(load).toBeLessThan(fullFrom);
  });
});
