/** The proxy before a server of its own: what passes, and what each fault does to which side. */
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type ApiFault, ApiProxy, broken, notImplemented } from './api-proxy.ts';

/** Bodies that reached the server. */
let done: string[];
let server: Server;
let proxy: ApiProxy;

beforeEach(async () => {
  done = [];
  server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (body: string) => {
      done.push(body);
      response.writeHead(200, { 'x-who': 'server' }).end(`did ${body}`);
    });
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', () => socket.send('heard')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await ApiProxy.open((server.address() as AddressInfo).port);
});

afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

async function move(what = 'move', limitMs = 5_000) {
  const url = `${proxy.url.replace('ws', 'http')}/twirp/livekit.RoomService/MoveParticipant`;
  const signal = AbortSignal.timeout(limitMs);
  const response = await fetch(url, { method: 'POST', body: what, signal });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

test('passes on what no fault is set for, and counts what is only watched', async () => {
  const moves = proxy.intercept('MoveParticipant');
  proxy.intercept('DeleteRoom', { isCarriedOut: false, answer: broken });
  const { status, text, headers } = await move();
  expect([status, text, headers.get('x-who')]).toEqual([200, 'did move', 'server']);
  expect(moves.count).toBe(1);
});

test.each<[string, ApiFault, { answer: [number, string]; done: string[] }]>([
  [
    'refused',
    { isCarriedOut: false, answer: broken },
    { answer: [500, JSON.stringify(broken.body)], done: [] },
  ],
  [
    'done, and answered 500',
    { answer: broken },
    { answer: [500, JSON.stringify(broken.body)], done: ['move'] },
  ],
  [
    'not implemented',
    { isCarriedOut: false, answer: notImplemented },
    { answer: [500, '{"code":"unknown","msg":"twirp error unknown: not implemented"}'], done: [] },
  ],
])('a request that is %s', async (_, fault, expected) => {
  proxy.intercept('MoveParticipant', fault);
  const { status, text, headers } = await move();
  expect([status, text]).toEqual(expected.answer);
  expect(headers.get('content-type')).toBe('application/json');
  expect(done).toEqual(expected.done);
});

test.each<[string, ApiFault, string[]]>([
  ['done', { answer: 'never' }, ['move']],
  ['not even done', { isCarriedOut: false, answer: 'never' }, []],
])('a request that is never answered, and %s', async (_, fault, expected) => {
  proxy.intercept('MoveParticipant', fault);
  await expect(move('move', 300)).rejects.toThrow(/timeout/i);
  expect(done).toEqual(expected);
});

test('a request can be kept, and arrives all the same when nobody waits for it any more', async () => {
  const moves = proxy.intercept('MoveParticipant', { arrivesAfterMs: 200 });
  await expect(move('move', 50)).rejects.toThrow(/timeout/i);
  await moves.first(0);
  expect(done).toEqual([]);
  await expect.poll(() => done).toEqual(['move']);
});

test('an answer can be kept while the work is done', async () => {
  proxy.intercept('MoveParticipant', { answeredAfterMs: 200 });
  const answer = move();
  await expect.poll(() => done).toEqual(['move']);
  await expect(Promise.race([answer, Promise.resolve('not yet')])).resolves.toBe('not yet');
  expect((await answer).text).toBe('did move');
});

test('a fault for one request leaves the next alone, and a healed one all', async () => {
  const moves = proxy.intercept('MoveParticipant', { answer: broken, times: 1 });
  expect((await move()).status).toBe(500);
  expect((await move()).status).toBe(200);
  expect(moves.count).toBe(2);
  proxy.intercept('MoveParticipant', { answer: broken });
  proxy.heal();
  expect((await move()).status).toBe(200);
});

test('says so when a request that is waited for does not come', async () => {
  const moves = proxy.intercept('MoveParticipant');
  await expect(moves.first(20)).rejects.toThrow('No request to MoveParticipant came');
});

test('a WebSocket passes, and its end, too', async () => {
  const socket = new WebSocket(`${proxy.url}/rtc`);
  await new Promise((resolve) => socket.once('open', resolve));
  const answered = new Promise<void>((resolve) => socket.once('message', () => resolve()));
  socket.send('hello');
  await answered;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  server.closeAllConnections();
  await proxy.close();
  await closed;
  proxy = await ApiProxy.open(1);
});

test('a server that is gone breaks the connection, as it would without a proxy', async () => {
  await proxy.close();
  proxy = await ApiProxy.open(1);
  await expect(move()).rejects.toThrow('fetch failed');
});
