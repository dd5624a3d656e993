/** Looks at a project from outside, as its owner: asks, and changes nothing. Each request has 10 s. */
import { randomUUID } from 'node:crypto';
import { RoomServiceClient, ServerError, SipClient } from 'livekit-server-sdk';
import { cannotMove } from '../agent/telephony.ts';
import { kindOf, orphansOf, type RoomSeen } from './orphans.ts';
import type { Look } from './verdicts.ts';

const requestLimitMs = 10_000;

type Server = { url: string; apiKey: string; apiSecret: string };

/** Everything about the server; without an answer from it, only that. */
export async function lookAtServer(
  server: Server,
  olderThanMs: number,
): Promise<Pick<Look, 'access' | 'clockAheadS' | 'sip' | 'canMove' | 'orphans'>> {
  const { url, apiKey, apiSecret } = server;
  const options = { requestTimeout: requestLimitMs / 1000 };
  const rooms = new RoomServiceClient(url, apiKey, apiSecret, options);
  const sip = new SipClient(url, apiKey, apiSecret, options);
  const clockAheadS = await clockAhead(url);
  try {
    await rooms.listRooms([`doctor-${randomUUID()}`]);
  } catch (error) {
    const wasRefused = error instanceof ServerError && [401, 403].includes(error.status);
    return { access: wasRefused ? 'refused' : 'no answer', clockAheadS };
  }
  const nowMs = Date.now() - (clockAheadS ?? 0) * 1000;
  const seen = await roomsOf(rooms);
  return {
    access: 'accepted',
    clockAheadS,
    ...(await sipOf(sip)),
    canMove: await canMove(rooms),
    orphans: orphansOf({ rooms: seen, nowMs, olderThanMs }),
  };
}

/** From the Date of any answer, which needs no credentials. It has whole seconds, and so does the difference. */
export async function clockAhead(url: string): Promise<number | undefined> {
  const response = await fetch(url.replace(/^ws/, 'http'), {
    method: 'HEAD',
    signal: AbortSignal.timeout(requestLimitMs),
  }).catch(() => undefined);
  const serverMs = Date.parse(response?.headers.get('date') ?? '');
  return Number.isNaN(serverMs) ? undefined : Math.round((Date.now() - serverMs) / 1000);
}

/** A status, or in words why there is none. Nothing is delivered: only the head is asked for. */
export async function answerOf(url: string): Promise<number | string> {
  try {
    const signal = AbortSignal.timeout(requestLimitMs);
    return (await fetch(url, { method: 'HEAD', redirect: 'manual', signal })).status;
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
    return `no answer (${cause?.code ?? cause?.message ?? message})`;
  }
}

/** Nothing when the server knows no SIP at all. */
async function sipOf(client: SipClient): Promise<Pick<Look, 'sip'>> {
  try {
    const [inbound, outbound, rules] = await Promise.all([
      client.listSipInboundTrunk(),
      client.listSipOutboundTrunk(),
      client.listSipDispatchRule(),
    ]);
    return { sip: { inbound, outbound, rules } };
  } catch (error) {
    if (error instanceof ServerError) return {};
    throw error;
  }
}

/** The rooms of ours. One that cannot be looked into is left out: it must not be taken for empty. */
async function roomsOf(client: RoomServiceClient): Promise<RoomSeen[]> {
  const rooms = (await client.listRooms()).filter((room) => kindOf(room));
  const seen = await Promise.allSettled(
    rooms.map(async ({ name, metadata, creationTime }) => ({
      name,
      metadata,
      createdAtMs: Number(creationTime) * 1000,
      participants: await client.listParticipants(name),
    })),
  );
  return seen.flatMap((room) => (room.status === 'fulfilled' ? [room.value] : []));
}

/** Asks for a move that cannot be: livekit-server as published has the same words for every such request. */
async function canMove(client: RoomServiceClient): Promise<boolean> {
  try {
    const room = `doctor-${randomUUID()}`;
    await client.moveParticipant(room, 'nobody', `${room}-other`);
    return true;
  } catch (error) {
    return !cannotMove(error);
  }
}
