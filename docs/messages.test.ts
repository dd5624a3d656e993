/** The receiver's code on the page about messages is run against what the application sends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { limits } from '../agent/limits.ts';
import { signed } from '../agent/messages/delivery.ts';

type IsOurs = (headers: Record<string, string>, body: string, secret: string) => boolean;

const page = readFileSync(join(import.meta.dirname, 'messages.md'), 'utf8');
const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const message = { id: 'message-1', body: '{"type":"message.left"}', secret };

let folder: string;
let isOurs: IsOurs;
beforeAll(async () => {
  const code = /```js\n(.+?)```/s.exec(page)?.[1] ?? '';
  folder = mkdtempSync(join(tmpdir(), 'receiver-'));
  const file = join(folder, 'receiver.mjs');
  writeFileSync(file, code);
  ({ isOurs } = (await import(pathToFileURL(file).href)) as { isOurs: IsOurs });
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a message of ours is taken', () => {
  expect(isOurs(signed(message), message.body, secret)).toBe(true);
});

test.each<[string, Parameters<IsOurs>]>([
  ['another body', [signed(message), '{"type":"message.lost"}', secret]],
  ['another id', [{ ...signed(message), 'webhook-id': 'message-2' }, message.body, secret]],
  ['an old message', [signed({ ...message, atMs: Date.now() - 600_000 }), message.body, secret]],
  ['another secret', [signed(message), message.body, secret.replace('M', 'N')]],
  ['no signature', [{ 'webhook-id': 'message-1' }, message.body, secret]],
])('%s is not', (_, [headers, body, key]) => expect(isOurs(headers, body, key)).toBe(false));

test('the page names the limits as they are', () => {
  expect(page).toContain(`within ${limits.webhookMs / 1000} s`);
  expect(page).toContain(`after ${limits.redeliverMs / 1000} s, then twice as long`);
  expect(page).toContain(`at most ${limits.redeliverMaxMs / 60_000} minutes`);
  expect(page).toContain(`every ${limits.refusedMs / 60_000} minutes`);
  expect(page).toContain(`${limits.claimMs / 1000} s from the start`);
});
