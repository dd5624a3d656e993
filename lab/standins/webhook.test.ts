/** The receiver of messages: what it takes for signed, and how it misbehaves. */
import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { WebhookStandIn } from './webhook.ts';

const id = 'f9b0a7de-0000-4000-8000-000000000000';
const body = JSON.stringify({ type: 'message.left', data: { name: 'Test Caller' } });
const nowS = () => Math.floor(Date.now() / 1000);

async function opened(): Promise<WebhookStandIn> {
  const webhook = await WebhookStandIn.open();
  onTestFinished(() => webhook.close());
  return webhook;
}

/** Sends the message, with something about it changed after it was signed. */
function send(
  webhook: WebhookStandIn,
  changes: { id?: string; body?: string; secret?: string; atS?: number; signature?: string } = {},
): Promise<Response> {
  const timestamp = String(changes.atS ?? nowS());
  const key = Buffer.from((changes.secret ?? webhook.secret).slice(6), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return fetch(webhook.url, {
    method: 'POST',
    body: changes.body ?? body,
    headers: {
      'webhook-id': changes.id ?? id,
      'webhook-timestamp': timestamp,
      'webhook-signature': changes.signature ?? `v1,${signature}`,
    },
  });
}

test('a signed message is acknowledged and on record', async () => {
  const webhook = await opened();
  expect((await send(webhook)).status).toBe(204);
  expect(webhook.requests).toMatchObject([
    { id, isSigned: true, answer: 204, body: JSON.parse(body) },
  ]);
  expect(webhook.hasAcknowledged(id)).toBe(true);
});

test.each([
  ['another body', { body: body.replace('Test', 'Other') }],
  ['another id', { id: id.replace('f', 'e') }],
  ['another key', { secret: `whsec_${Buffer.alloc(32).toString('base64')}` }],
  ['an old timestamp', { atS: nowS() - 600 }],
  ['no signature', { signature: '' }],
  ['a short signature', { signature: 'v1,AAAA' }],
])('a message with %s is on record as not signed, and refused', async (_, changes) => {
  const webhook = await opened();
  expect((await send(webhook, changes)).status).toBe(401);
  expect(webhook.requests).toMatchObject([{ isSigned: false, answer: 401 }]);
  expect(webhook.hasAcknowledged(id)).toBe(false);
});

test('it refuses, hangs up, and is not there at all, when told so', async () => {
  const webhook = await opened();
  webhook.behave({ refuse: 503 });
  expect((await send(webhook)).status).toBe(503);
  webhook.behave('hang up');
  await expect(send(webhook)).rejects.toThrow();
  const { url } = webhook;
  await webhook.down(async () => {
    await expect(fetch(url, { method: 'POST', body })).rejects.toThrow();
  });
  expect(webhook.url).toBe(url);
  webhook.behave('accept');
  await send(webhook);
  expect(webhook.requests.map(({ answer }) => answer)).toEqual([503, 'hung up', 204]);
});
