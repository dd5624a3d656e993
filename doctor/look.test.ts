import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { answerOf, clockAhead } from './look.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ['ahead', -3_600],
  ['behind', 7_200],
])('a clock that is %s is told from the Date of an answer', async (_, serverAheadS) => {
  const address = await serve((_request, response) => {
    response.setHeader('Date', new Date(Date.now() + serverAheadS * 1000).toUTCString()).end();
  });
  const aheadS = await clockAhead(`ws://${address}`);
  expect(Math.abs(aheadS! + serverAheadS)).toBeLessThanOrEqual(2);
});

test('without an answer nothing is known of the clock', async () => {
  expect(await clockAhead('ws://127.0.0.1:9')).toBeUndefined();
});

test('a receiver is asked for its head alone', async () => {
  const methods: (string | undefined)[] = [];
  const address = await serve((request, response) => {
    methods.push(request.method);
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect(await answerOf(`http://${address}/messages`)).toBe(302);
  expect(methods).toEqual(['HEAD']);
});

test('a receiver that is down is told with the reason', async () => {
  expect(await answerOf('http://127.0.0.1:9')).toMatch(/^no answer \(.+\)$/);
});
