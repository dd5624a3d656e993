/** Which calls a fault touches, and whether it met the one that it was planned for. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Lab } from '../network/lab.ts';
import type { Holder } from '../network/workers.ts';
import { Faults, type Felt, type Victim, type Window, isFelt } from './faults.ts';

const call = (more: Partial<Felt> = {}): Felt => ({
  fromMs: 1_000,
  toMs: 9_000,
  answeredAtMs: 2_000,
  callIds: new Set(['AJ_1']),
  ...more,
});
const shared: Window = { kind: 'redis killed', fromMs: 5_000, toMs: 6_000 };
const worker: Window = {
  kind: 'worker killed',
  fromMs: 5_000,
  toMs: 5_000,
  callIds: new Set(['AJ_1', 'AJ_2']),
};
const others = new Set(['AJ_9']);

test('what all share touches every call of its time', () => {
  expect(isFelt(shared, call())).toBe(true);
  expect(isFelt(shared, call({ fromMs: 6_000 }))).toBe(false);
  expect(isFelt(shared, call({ toMs: 5_000 }))).toBe(false);
});

test('a worker touches the calls that it had, and those that were dialling', () => {
  expect(isFelt(worker, call())).toBe(true);
  expect(isFelt(worker, call({ callIds: others }))).toBe(false);
  expect(isFelt(worker, call({ callIds: others, answeredAtMs: 5_001 }))).toBe(true);
  expect(isFelt(worker, call({ callIds: others, fromMs: 5_001, answeredAtMs: 6_000 }))).toBe(false);
  const unanswered: Felt = { fromMs: 1_000, toMs: 9_000, callIds: new Set() };
  expect(isFelt(worker, unanswered)).toBe(true);
  expect(isFelt(worker, { ...unanswered, toMs: 4_000 })).toBe(false);
});

test('a job touches its own call alone', () => {
  const job: Window = { ...worker, kind: 'job killed', callIds: new Set(['AJ_1']) };
  expect(isFelt(job, call())).toBe(true);
  expect(isFelt(job, call({ callIds: others, answeredAtMs: 5_001 }))).toBe(false);
});

describe('a fault in the plan of a call', () => {
  const jobs = [
    { callId: 'AJ_1', room: 'r1', pid: 0, parentPid: 10 },
    { callId: 'AJ_2', room: 'r2', pid: 0, parentPid: 20 },
    { callId: 'AJ_3', room: 'r3', pid: 0, parentPid: 20 },
  ];
  let holders: Record<string, Holder>;
  let done: string[];
  let onDisk: typeof jobs;
  let faults: Faults;
  beforeEach(() => {
    holders = {
      AJ_1: { call: jobs[0]!, name: 'worker' },
      AJ_2: { call: jobs[1]!, name: 'second worker' },
    };
    done = [];
    onDisk = jobs;
    const does = (what: string) => (name: string) =>
      Promise.resolve(void done.push(`${what} ${name}`));
    const lab = {
      workerOf: (callId: string) => holders[callId],
      mailbox: { calls: () => onDisk },
      processes: { killAlone: does('kill'), without: does('without') },
      stopWorker: does('stop'),
      startWorker: (_: unknown, name: string) => does('start')(name),
    };
    faults = new Faults(lab as unknown as Lab);
  });
  const victim = (callId: string, isUp = true): Victim => ({
    callIds: () => new Set([callId]),
    isUp: () => isUp,
  });
  const felt = (callId: string): Felt => ({ ...call(), callIds: new Set([callId]) });

  test('is met by the worker that has the call, and touches all its calls', async () => {
    expect(await faults.inflict('worker killed', victim('AJ_2'))).toBe(true);
    expect(done).toEqual(['kill second worker', 'start second worker']);
    expect(['AJ_1', 'AJ_2', 'AJ_3'].map((id) => faults.during(felt(id)).length)).toEqual([0, 1, 1]);
    expect(faults.lossOf(new Set(['AJ_3']))).toMatchObject({ by: 'worker killed', isAlone: true });
    expect(faults.lossOf(new Set(['AJ_1']))).toBeUndefined();
  });

  test('lets a worker end itself, which is no loss', async () => {
    expect(await faults.inflict('worker told to stop', victim('AJ_1'))).toBe(true);
    expect(done).toEqual(['stop worker', 'start worker']);
    expect(faults.lossOf(new Set(['AJ_1']))).toBeUndefined();
  });

  test('breaks nothing when no process has the call, or its worker has ended', async () => {
    holders = { AJ_2: { call: jobs[1]! } };
    expect(await faults.inflict('worker killed', victim('AJ_1'))).toBe(false);
    expect(await faults.inflict('job killed', victim('AJ_1'))).toBe(false);
    expect(await faults.inflict('worker killed', victim('AJ_2'))).toBe(false);
    expect([done, faults.during(felt('AJ_1')), faults.during(felt('AJ_2'))]).toEqual([[], [], []]);
  });

  test('breaks no server when nobody is on the phone any more', async () => {
    onDisk = [];
    expect(await faults.inflict('livekit-server killed', victim('AJ_1', false))).toBe(false);
    expect(done).toEqual([]);
    expect(await faults.inflict('livekit-server killed', victim('AJ_1'))).toBe(true);
    expect(done).toEqual(['without livekit-server']);
  });

  test('breaks a server for those who are there, when its turn comes after its call', async () => {
    expect(await faults.inflict('livekit-server killed', victim('AJ_1', false))).toBe(true);
    expect(done).toEqual(['without livekit-server']);
  });

  test('is not alone when another worker ends at the same time', async () => {
    await faults.inflict('worker killed', victim('AJ_2'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await faults.inflict('worker told to stop', victim('AJ_1'));
    expect(faults.lossOf(new Set(['AJ_2']))?.isAlone).toBe(false);
  });
});
