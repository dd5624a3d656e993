/** The mark of a room that LiveKit does not take, because it is away for a moment. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializeLogger } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { limits } from '../limits.ts';
import { CallTrace } from './call-trace.ts';
import { APPLICATION } from './mark.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-'));
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** The trace of a call whose first mark is refused. */
function refusedOnce() {
  const mark = vi.fn((_room: string, _mark: object) => Promise.resolve());
  mark.mockRejectedValueOnce(new Error('broken'));
  const trace = new CallTrace({
    telephony: { mark },
    folder,
    callId: 'AJ_1',
    room: 'r',
    losses: 0,
  });
  return { trace, mark };
}

test('is written again until it is there: without it the guardian takes the call for one that nobody answered', async () => {
  const { trace, mark } = refusedOnce();
  await trace.answered({ caller: 'caller', ai: 'agent', agentName: 'support-agent' });
  expect(mark).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(limits.markAgainMs);
  expect(mark).toHaveBeenCalledTimes(2);
  expect(mark.mock.calls[1]?.[1]).toMatchObject({ callId: 'AJ_1', phase: 'talking' });
  await vi.advanceTimersByTimeAsync(10 * limits.markAgainMs);
  expect(mark).toHaveBeenCalledTimes(2);
});

test('is not written any more when another AI has the call', async () => {
  const { trace, mark } = refusedOnce();
  await trace.answered({ caller: 'caller', ai: 'agent', agentName: 'support-agent' });
  trace.concede();
  trace.stay();
  await vi.advanceTimersByTimeAsync(10 * limits.markAgainMs);
  expect(mark).toHaveBeenCalledTimes(1);
});

test('gives the room back to others, until it says so, and says nothing more of ours', async () => {
  const { trace, mark } = refusedOnce();
  const theirs = { app: APPLICATION, kind: 'call', callId: 'AJ_0', phase: 'connected' } as const;
  trace.giveBack(theirs);
  await trace.answered({ caller: 'caller', ai: 'agent', agentName: 'support-agent' });
  await trace.givenBack();
  trace.stay();
  await vi.advanceTimersByTimeAsync(limits.markAgainMs);
  expect(mark.mock.calls.map(([, one]) => one)).toEqual([theirs, theirs]);
});

test('is written again for somebody who thought that its AI was gone', async () => {
  const { trace, mark } = refusedOnce();
  await trace.answered({ caller: 'caller', ai: 'agent', agentName: 'support-agent' });
  trace.stay();
  await vi.advanceTimersByTimeAsync(0);
  expect(mark.mock.calls[1]?.[1]).toMatchObject({ callId: 'AJ_1' });
});

test('is not written any more when the call is over', async () => {
  const { trace, mark } = refusedOnce();
  await trace.answered({ caller: 'caller', ai: 'agent', agentName: 'support-agent' });
  trace.forget();
  await vi.advanceTimersByTimeAsync(10 * limits.markAgainMs);
  expect(mark).toHaveBeenCalledTimes(1);
});
