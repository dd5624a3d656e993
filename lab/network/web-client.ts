/**
 * A third person in a call: somebody who joins the room from a web page, as a supervisor would, hears and says nothing, and
 * leaves again. It runs as a process of its own (web-client-process.ts), because it needs a WebRTC client of its own.
 */
import { ParticipantInfo_State } from '@livekit/protocol';
import { AccessToken } from 'livekit-server-sdk';
import { join } from 'node:path';
import type { Lab } from './lab.ts';

const name = 'web-client';

/** Joins the one room whose name begins like this. @returns a function that makes it leave. */
export async function joinFromTheWeb(lab: Lab, prefix: string): Promise<() => Promise<void>> {
  const found = (await lab.rooms.listRooms()).find((room) => room.name.startsWith(prefix));
  if (!found) throw new Error(`No room begins with ${prefix}.`);
  const room = found.name;
  const { url, apiKey, apiSecret } = lab.credentials;
  const token = new AccessToken(apiKey, apiSecret, { identity: name });
  token.addGrant({ roomJoin: true, room });
  const isThere = async () => {
    const { state } = await lab.rooms.getParticipant(room, name);
    return state === ParticipantInfo_State.ACTIVE;
  };
  await lab.processes.start({
    name,
    command: process.execPath,
    args: [join(import.meta.dirname, 'web-client-process.ts')],
    env: { LIVEKIT_URL: url, LIVEKIT_TOKEN: await token.toJwt() },
    isReady: isThere,
  });
  return async () => {
    await lab.processes.drained(name);
    while (await isThere().catch(() => false));
  };
}
