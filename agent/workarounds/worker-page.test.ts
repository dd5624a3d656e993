/** One page more on the SDK's own health server. */
import type { Server } from 'node:http';
import { initializeLogger } from '@livekit/agents';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { importOfSdk } from './sdk-internals.ts';
import { addPage } from './worker-page.ts';

type Health = { app: Server; run(): Promise<void>; close(): Promise<void> };
type HealthClass = new (host: string, port: number, isHealthy: unknown, info: unknown) => Health;

let HTTPServer: HealthClass;
let server: Health | undefined;
beforeAll(async () => {
  initializeLogger({ pretty: false, level: 'silent' });
  ({ HTTPServer } = (await importOfSdk('http_server.js')) as { HTTPServer: HealthClass });
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function run(Health: HealthClass): Promise<(path: string) => Promise<Response>> {
  server = new Health(
    '127.0.0.1',
    0,
    () => ({ healthy: true, message: 'OK' }),
    () => ({ jobs: 1 }),
  );
  await server.run();
  const { port } = server.app.address() as { port: number };
  return (path) => fetch(`http://127.0.0.1:${port}${path}`);
}

test('the SDK has no such page of its own: when it has, or a way to add one, this workaround can go', async () => {
  const get = await run(HTTPServer);
  expect((await get('/processor')).status).toBe(404);
});

test('has the page, beside those of the SDK', async () => {
  class Mended extends HTTPServer {}
  addPage(Mended, '/processor', () => ({ isShort: false }));
  const get = await run(Mended);
  expect(await (await get('/processor')).json()).toEqual({ isShort: false });
  expect(await (await get('/')).text()).toBe('OK');
  expect(await (await get('/worker')).json()).toEqual({ jobs: 1 });
  expect((await get('/other')).status).toBe(404);
});

test('says so when the SDK has changed', () => {
  expect(() => addPage({ prototype: {} } as never, '/processor', () => 0)).toThrow('has changed');
});
