/** How the AI leaves a call that goes on without it: who gets the call, what the caller hears, and how long that may take. */
import { EventEmitter } from 'node:events';
import { initializeLogger } from '@livekit/agents';
import { ParticipantKind, RoomEvent } from '@livekit/rtc-node';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readResumption } from './guardian/resumption.ts';
import { legOf } from './guardian/mark.ts';
import { limits } from './limits.ts';
import { Relief } from './relief.ts';
import { words } from './words.ts';
import { WIND_UP } from './wind-up.ts';

const { mustEnd } = words.agent;
const { oneMoment } = words.guardian;

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function relief(
  options: {
    areConnected?: boolean;
    losses?: number;
    hasCaller?: boolean;
    /** Who is in the room, as the server says. */
    inRoom?: string[] | 'no answer';
    /** It is joined. */
    isConnected?: boolean;
    /** Last words take as long as they like. */
    saysForEver?: boolean;
  } = {},
) {
  const { losses = 0, hasCaller = true, saysForEver = false } = options;
  const done: string[] = [];
  const sent: { metadata: string }[] = [];
  const { isConnected = true, inRoom = ['sip_caller', 'agent-AJ_1'] } = options;
  const localParticipant = { identity: 'agent-AJ_1' };
  const room = Object.assign(new EventEmitter(), { name: 'call-1', isConnected, localParticipant });
  const whoIsIn = () =>
    inRoom === 'no answer' ? Promise.reject(new Error('no answer')) : Promise.resolve(inRoom);
  const attempts = {
    areConnected: options.areConnected ?? false,
    current: { put: ({ type }: { type: string }) => void done.push(type) },
  };
  const caller = {
    identity: 'sip_caller',
    hold: (text: string) => void done.push(text),
    partWith: (text: string) => {
      done.push(text);
      return saysForEver ? new Promise<void>(() => undefined) : Promise.resolve();
    },
  };
  const made = new Relief({
    callId: 'AJ_1',
    agentName: 'support-agent',
    room,
    telephony: {
      sendAi: (one: { metadata: string }) => Promise.resolve(void sent.push(one)),
      whoIsIn,
    },
    attempts,
    trace: { rescue: (count: number) => Promise.resolve(void done.push(`rescue ${count}`)) },
    losses,
    words,
    caller: () => (hasCaller ? caller : undefined),
    end: (cause: string, heir = 'nobody') => Promise.resolve(void done.push(`${cause} ${heir}`)),
  } as unknown as ConstructorParameters<typeof Relief>[0]);
  const aiSpeaks = () => room.emit(RoomEvent.TrackPublished, {}, { kind: ParticipantKind.AGENT });
  return { relief: made, done, sent, aiSpeaks, attempts };
}

test('two who talk are watched for as long as there is time, and then left to the guardian', async () => {
  const on = relief({ areConnected: true });
  void on.relief.workerLost();
  await vi.advanceTimersByTimeAsync(limits.orphanMs - 1);
  expect(on.done).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(on.done).toEqual(['workerLost guardian']);
});

test('a caller gets another AI, and their human is released', async () => {
  const on = relief();
  void on.relief.workerLost();
  await vi.advanceTimersByTimeAsync(limits.reliefMs - 1);
  expect(on.done).toEqual([oneMoment, 'relieved', 'rescue 1']);
  expect(readResumption(on.sent[0]!.metadata)).toEqual({
    callId: 'AJ_1',
    caller: legOf('AJ_1', 'sip_caller'),
    losses: 1,
    goodbye: false,
  });
  on.aiSpeaks();
  await vi.advanceTimersByTimeAsync(0);
  expect(on.done.at(-1)).toBe('workerLost another AI');
});

test('a caller to whom no other AI comes in time is told so, and the call ends', async () => {
  const on = relief();
  void on.relief.workerLost();
  await vi.advanceTimersByTimeAsync(limits.reliefMs);
  expect(on.done.slice(-2)).toEqual([mustEnd, 'workerLost nobody']);
});

test('another AI that has the call, and is late to speak, is waited for', async () => {
  const on = relief();
  void on.relief.workerLost();
  await vi.advanceTimersByTimeAsync(limits.reliefMs - 1);
  expect(on.relief.takenOver()).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  expect(on.done.slice(-2)).toEqual(['rescue 1', 'workerLost another AI']);
});

test('another AI that has the call, while the caller is told that none came, keeps it', async () => {
  const on = relief({ saysForEver: true });
  void on.relief.workerLost();
  await vi.advanceTimersByTimeAsync(limits.reliefMs);
  expect(on.done.at(-1)).toBe(mustEnd);
  on.relief.takenOver();
  await vi.advanceTimersByTimeAsync(0);
  expect(on.done.at(-1)).toBe('workerLost another AI');
});

test('before that it is not for this to say what is done about another AI', () => {
  expect(relief().relief.takenOver()).toBe(false);
});

test('a caller who has lost the AI before is told so at once', async () => {
  const on = relief({ losses: 1 });
  await on.relief.workerLost();
  expect(on.done).toEqual([oneMoment, 'relieved', mustEnd, 'workerLost nobody']);
  expect(on.sent).toEqual([]);
});

describe('an AI that has no caller yet', () => {
  test.each<[string, Parameters<typeof relief>[0]]>([
    ['who is in the room', {}],
    ['who may be in a room that it did not join yet', { isConnected: false, inRoom: [] }],
    ['who may be in a room of which the server says nothing', { inRoom: 'no answer' }],
  ])('leaves one to another AI %s', async (_, options) => {
    const on = relief({ hasCaller: false, ...options });
    await on.relief.workerLost();
    expect(on.done).toEqual(['workerLost another AI']);
  });

  test.each<[string, string[]]>([
    ['itself', ['agent-AJ_1']],
    ['nobody', []],
  ])('and is in a room with %s ends it', async (_, inRoom) => {
    const on = relief({ hasCaller: false, inRoom });
    await on.relief.workerLost();
    expect(on.done).toEqual(['workerLost nobody']);
  });
});

test('at the end of a drain a caller is told goodbye', async () => {
  const on = relief();
  await on.relief.windUp();
  expect(on.done).toEqual(['relieved', mustEnd, 'jobEnded nobody']);
});

test('at the end of a drain two who talk are left to the guardian', async () => {
  const on = relief({ areConnected: true });
  await on.relief.windUp();
  expect(on.done).toEqual(['jobEnded guardian']);
});

test.each([
  ['the worker has died', 'disconnect', 'workerLost nobody'],
  ['its time is over', WIND_UP, 'jobEnded nobody'],
])('is told by its process that %s', async (_, signal, end) => {
  const on = relief({ losses: 1 });
  const process = new EventEmitter();
  on.relief.listen(process);
  process.emit(signal);
  await vi.advanceTimersByTimeAsync(0);
  expect(on.done.at(-1)).toBe(end);
});

test('an answer that the worker did not live to take ends nothing', () => {
  const process = new EventEmitter();
  relief().relief.listen(process);
  expect(() => process.emit('error', new Error('write EPIPE'))).not.toThrow();
});

test('whichever comes first counts', async () => {
  const on = relief({ losses: 1 });
  await Promise.all([on.relief.workerLost(), on.relief.windUp()]);
  expect(on.done.filter((what) => what === mustEnd)).toHaveLength(1);
});
