/**
 * The SDK's health server has two pages and no way to add one (@livekit/agents 1.8.1, http_server.ts). Here it has one more.
 * Called by main.ts, before the worker.
 */
import type { RequestListener, Server } from 'node:http';
import { importOfSdk } from './sdk-internals.ts';

type HealthServer = { app: Server; run: (this: HealthServer) => Promise<void> };
type HealthServerClass = { prototype: HealthServer };

/** @param read what stands on the page, as JSON. @throws when the SDK's server is not what it was. */
export async function addWorkerPage(path: string, read: () => unknown): Promise<void> {
  const { HTTPServer } = await importOfSdk('http_server.js');
  addPage(HTTPServer as HealthServerClass, path, read);
}

export function addPage({ prototype }: HealthServerClass, path: string, read: () => unknown): void {
  const { run } = prototype;
  if (typeof run !== 'function') {
    throw new TypeError('The health server of @livekit/agents has changed: see agent/workarounds.');
  }
  prototype.run = function () {
    const others = this.app.listeners('request') as RequestListener[];
    this.app.removeAllListeners('request');
    this.app.on('request', (request, response) => {
      if (request.url !== path) return others.forEach((listener) => listener(request, response));
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(read()));
    });
    return run.call(this);
  };
}
