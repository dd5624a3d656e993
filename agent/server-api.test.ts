/** What is asked again, how often, and what the log says of it. The server is a real one on HTTP that answers as told. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initializeLogger } from '@livekit/agents';
import { ServerError } from 'livekit-server-sdk';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type * as Limits from './limits.ts';
import { limits } from './limits.ts';
import { ServerApi, told } from './server-api.ts';

// The same limits, short enough to be reached in a test.
vi.mock('./limits.ts', async (original) => {
  const { limits: real } = await original<typeof Limits>();
  return { limits: { ...real, requestMs: 300, requestPauseMs: 10 } };
});

let api: ServerApi;
let statuses: (number | 'never')[];
let asked: number;
let close: () => unknown;
beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(async () => {
  [asked, statuses] = [0, []];
  const server = createServer((request, response) => {
    asked += 1;
    const status = statuses.shift() ?? 200;
    if (status === 'never') return;
    request.resume();
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? {} : { code: 'x', msg: 'no +12025550123' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  api = new ServerApi({ url: `ws://127.0.0.1:${port}`, apiKey: 'key', apiSecret: 'secret' });
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => close());

const list = () => api.repeat('list', () => api.rooms.listRooms());

test.each([500, 503, 429])('%s is asked again', async (status) => {
  statuses = [status, status];
  expect(await list()).toEqual([]);
  expect(asked).toBe(3);
});

test('but not more than three times', async () => {
  statuses = [500, 500, 500, 500];
  await expect(list()).rejects.toThrow();
  expect(asked).toBe(limits.requestTries);
});

test.each([400, 401, 404])('%s is an answer', async (status) => {
  statuses = [status];
  await expect(list()).rejects.toThrow();
  expect(asked).toBe(1);
});

test('no answer at all is asked again, until the first has waited too long', async () => {
  statuses = ['never', 'never', 'never'];
  await expect(list()).rejects.toThrow();
  expect(asked).toBe(1);
});

test('what may not be repeated is asked once', async () => {
  statuses = [500];
  await expect(api.dispatches.createDispatch('call-1', 'support-agent')).rejects.toThrow();
  expect(asked).toBe(1);
});

test('the log says which answer it was, and nothing that was in it', () => {
  const error = new ServerError('Bad', 'no +12025550123', 400, 'invalid_argument');
  expect(told(error)).toEqual({ status: 400, code: 'invalid_argument' });
  expect(told(new TypeError('fetch failed: +12025550123'))).toEqual({ error: 'TypeError' });
});
