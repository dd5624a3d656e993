/** How a room is joined, as rtc-node is asked for it. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Room } from '@livekit/rtc-node';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { useTwoConnections } from './two-connections.ts';

/** @returns the address with which rtc-node itself asks a server that then refuses it. */
async function addressAsked(change: (room: Room) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const asked = new Promise<string>((resolve) => {
    server.on('connection', (socket, request) => {
      resolve(request.url ?? '');
      socket.close();
    });
  });
  const room = new Room();
  change(room);
  const { port } = server.address() as AddressInfo;
  const token = 'e30.e30.e30';
  room
    .connect(`ws://127.0.0.1:${port}`, token, { autoSubscribe: false, dynacast: false })
    .catch(() => undefined);
  const address = await asked;
  await room.disconnect().catch(() => undefined);
  server.close();
  return address;
}

test('a room is joined with a connection for each direction', async () => {
  const path = async (change: (room: Room) => void) =>
    new URL(await addressAsked(change), 'ws://127.0.0.1').pathname;
  // As rtc-node does it by itself; the day that it asks for two, this file is not needed any more.
  expect(await path(() => undefined)).toBe('/rtc/v1');
  expect(await path(useTwoConnections)).toBe('/rtc');
});
