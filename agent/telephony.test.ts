/** The verbs against a server that is slow, wrong or gone: what is asked again, and when that ends. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initializeLogger } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { APPLICATION, readMark } from './guardian/mark.ts';
import type * as Limits from './limits.ts';
import { limits } from './limits.ts';
import { Telephony } from './telephony.ts';

// The same limits, short enough to be reached in a test.
vi.mock('./limits.ts', async (original) => {
  const { limits: real } = await original<typeof Limits>();
  return {
    limits: {
      ...real,
      requestMs: 1_000,
      requestPauseMs: 10,
      hangUpMs: 100,
      roomGoneMs: 800,
      roomGoingMs: 200,
    },
  };
});

const mark = {
  app: APPLICATION,
  kind: 'consultation',
  callId: 'AJ_1',
  callRoom: 'call-1',
  human: 'human-1',
  ai: 'agent-1',
} as const;

type Answer = { status?: number; body?: object } | 'never';
type Asked = { method: string; body: Record<string, unknown> };

const notFound: Answer = { status: 404, body: { code: 'not_found', msg: 'it does not exist' } };
const broken: Answer = { status: 500, body: { code: 'internal', msg: 'broken' } };

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
let asked: Asked[];
let answers: Partial<Record<string, Answer | (() => Answer)>>;
let telephony: Telephony;
let close: () => unknown;

beforeEach(async () => {
  [asked, answers] = [[], {}];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const method = request.url!.split('/').at(-1)!;
      asked.push({ method, body });
      const given = answers[method] ?? {};
      const answer = typeof given === 'function' ? given() : given;
      if (answer === 'never') return;
      response.writeHead(answer.status ?? 200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer.body ?? {}));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  telephony = new Telephony({ url: `ws://127.0.0.1:${port}`, apiKey: 'key', apiSecret: 'secret' });
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => close());

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as Record<string, unknown>;
}
const times = (method: string) => asked.filter((one) => one.method === method).length;

test('a request that nobody answers ends at its limit', async () => {
  answers = { ListParticipants: 'never' };
  const startedMs = Date.now();
  await expect(telephony.whoIsIn('call-1')).rejects.toThrow();
  expect(Date.now() - startedMs).toBeGreaterThanOrEqual(limits.requestMs - 50);
});

test('who is in a room is asked again when the server breaks: after a reconnect nobody else asks', async () => {
  answers = { ListParticipants: broken };
  await expect(telephony.whoIsIn('call-1')).rejects.toThrow();
  expect(times('ListParticipants')).toBe(limits.requestTries);
});

test('a leg is asked for again soon when the server says nothing, as it does while its room is deleted', async () => {
  const removals: Answer[] = ['never', notFound];
  answers = { RemoveParticipant: () => removals.shift()! };
  const startedMs = Date.now();
  await telephony.hangUp({ room: 'call-1', identity: 'human-1' });
  expect(removals).toEqual([]);
  // Before the request itself would have been given up.
  expect(Date.now() - startedMs).toBeLessThan(limits.requestMs + limits.requestPauseMs);
});

test('a room that we fail to delete closes by itself, soon after the last has left', async () => {
  await telephony.createRoom('consult-1', mark);
  expect(asked[0]!.body).toMatchObject({
    name: 'consult-1',
    emptyTimeout: 60,
    departureTimeout: 5,
  });
});

test('the phone rings no longer than its limit, its number is shown to nobody, and its leg says whose it is', async () => {
  await telephony.dial({
    trunkId: 'ST_1',
    number: '+12025550123',
    room: 'consult-1',
    identity: 'human-1',
    mark,
    ringLimitS: 7,
    fromNumber: undefined,
    headers: {},
  });
  const { participantMetadata, ...rest } = asked[0]!.body;
  expect(rest).toMatchObject({ ringingTimeout: '7s', hidePhoneNumber: true });
  expect(readMark(String(participantMetadata))).toEqual(mark);
});

describe('a room that is deleted', () => {
  const rooms = (count: number) => ({ body: { rooms: Array(count).fill({ name: 'call-1' }) } });

  test('is deleted again until it is seen gone', async () => {
    let looks = 0;
    answers = { ListRooms: () => rooms(++looks < 3 ? 1 : 0) };
    await telephony.deleteRoom('call-1');
    expect(times('DeleteRoom')).toBe(3);
  });

  test('is deleted again when the request fails', async () => {
    let requests = 0;
    answers = { DeleteRoom: () => (++requests < 3 ? broken : {}), ListRooms: rooms(0) };
    await telephony.deleteRoom('call-1');
    expect(times('DeleteRoom')).toBe(3);
  });

  test('is left to a server that deletes it already', async () => {
    let looks = 0;
    answers = { ListRooms: () => rooms(++looks < 2 ? 1 : 0) };
    await telephony.deleteRoom('call-1', { isGoing: true });
    expect(times('DeleteRoom')).toBe(0);
  });

  test('and not forever: one that stays is asked for', async () => {
    answers = { ListRooms: () => rooms(times('DeleteRoom') === 0 ? 1 : 0) };
    await telephony.deleteRoom('call-1', { isGoing: true });
    expect(times('DeleteRoom')).toBe(1);
  });

  test('may be gone already', async () => {
    answers = { DeleteRoom: notFound, ListRooms: rooms(0) };
    await telephony.deleteRoom('call-1');
    expect(times('DeleteRoom')).toBe(1);
  });

  test.each<[string, Answer, Answer, string]>([
    ['stays', {}, rooms(1), 'the room is still there'],
    ['cannot be asked for', broken, broken, 'broken'],
  ])('and %s is given up at the limit, with the reason', async (_, deleted, listed, reason) => {
    answers = { DeleteRoom: deleted, ListRooms: listed };
    const startedMs = Date.now();
    await expect(telephony.deleteRoom('call-1')).rejects.toThrow(reason);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(limits.roomGoneMs);
  });
});

describe('who is gone already', () => {
  test('is in no room', async () => {
    answers = { ListParticipants: notFound };
    expect(await telephony.whoIsIn('call-1')).toEqual([]);
  });

  test('needs no hang-up', async () => {
    answers = { RemoveParticipant: notFound };
    await telephony.hangUp({ room: 'call-1', identity: 'human-1' });
    expect(asked[0]!.body).toMatchObject({ room: 'call-1', identity: 'human-1' });
  });

  test('is not taken for gone because the server is broken', async () => {
    answers = { ListParticipants: broken, RemoveParticipant: broken };
    await expect(telephony.whoIsIn('call-1')).rejects.toThrow();
    await expect(telephony.hangUp({ room: 'call-1', identity: 'human-1' })).rejects.toThrow();
  });
});
