/** Webhooks as they come in over HTTP: which are heard, and which are refused. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { initializeLogger } from '@livekit/agents';
import { AccessToken } from 'livekit-server-sdk';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { APPLICATION } from './mark.ts';
import { Webhooks } from './webhooks.ts';

const server = {
  url: 'ws://127.0.0.1:9',
  apiKey: 'key',
  apiSecret: 'a secret that is long enough for a test',
};
const metadata = JSON.stringify({ app: APPLICATION, kind: 'call' });

let webhooks: Webhooks;
let heard: number;
beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(async () => {
  heard = 0;
  webhooks = new Webhooks({ server, onLeft: () => (heard += 1) });
  await webhooks.listen(0);
});
afterEach(() => webhooks.close());

const event = (changes: object = {}) => ({
  event: 'participant_left',
  id: 'EV_1',
  createdAt: String(Math.floor(Date.now() / 1000)),
  room: { name: 'call-1', metadata },
  ...changes,
});

async function sign(body: string, secret = server.apiSecret): Promise<string> {
  const token = new AccessToken(server.apiKey, secret, { ttl: 300 });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  return token.toJwt();
}

async function post(body: string, authorization?: string): Promise<number> {
  const headers = authorization ? { authorization } : {};
  const init = { method: 'POST', headers, body };
  return (await fetch(`http://127.0.0.1:${webhooks.port}/`, init)).status;
}

async function send(of: object): Promise<number> {
  const body = JSON.stringify(of);
  return post(body, await sign(body));
}

test('somebody who leaves a room of ours hastens', async () => {
  expect(await send(event())).toBe(200);
  expect(heard).toBe(1);
});

test.each([
  ['somebody comes', event({ event: 'participant_joined' })],
  ['a room is not ours', event({ room: { name: 'other', metadata: '' } })],
])('nothing follows when %s', async (_, of) => {
  expect(await send(of)).toBe(200);
  expect(heard).toBe(0);
});

describe('refused', () => {
  test('what nobody has signed', async () => {
    expect(await post(JSON.stringify(event()))).toBe(401);
    expect(heard).toBe(0);
  });

  test('what another has signed', async () => {
    const body = JSON.stringify(event());
    expect(await post(body, await sign(body, 'a secret of somebody else, just as long'))).toBe(401);
    expect(heard).toBe(0);
  });

  test('what was changed on its way', async () => {
    const signature = await sign(JSON.stringify(event()));
    expect(await post(JSON.stringify(event({ id: 'EV_2' })), signature)).toBe(401);
    expect(heard).toBe(0);
  });

  test('what was seen before', async () => {
    expect([await send(event()), await send(event())]).toEqual([200, 409]);
    expect(await send(event({ id: 'EV_2' }))).toBe(200);
    expect(heard).toBe(2);
  });

  test('what is too old', async () => {
    const createdAt = String(Math.floor((Date.now() - limits.webhookAgeMs) / 1000) - 1);
    expect(await send(event({ createdAt }))).toBe(409);
    expect(heard).toBe(0);
  });

  test('what is too long', async () => {
    expect(await post('x'.repeat(300_000))).toBe(413);
  });

  test('who connects and says nothing, before it costs anything', async () => {
    const silent = connect(webhooks.port, '127.0.0.1');
    await once(silent, 'connect');
    const fromMs = performance.now();
    silent.resume();
    await once(silent, 'close');
    expect(performance.now() - fromMs).toBeLessThan(20_000);
  }, 60_000);

  test('more connections than LiveKit can need', async () => {
    const many = Array.from({ length: 60 }, () => connect(webhooks.port, '127.0.0.1'));
    const closed = many.map((one) =>
      once(
        one.resume().on('error', () => undefined),
        'close',
      ),
    );
    await Promise.all(closed.slice(-10));
    expect(many.filter((one) => !one.closed).length).toBeGreaterThanOrEqual(50);
    expect(many.filter((one) => one.closed).length).toBeGreaterThanOrEqual(10);
    for (const one of many) one.destroy();
  });

  test('what is no POST', async () => {
    expect((await fetch(`http://127.0.0.1:${webhooks.port}/`)).status).toBe(405);
  });
});
