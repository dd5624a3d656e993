/**
 * Looks at a project from outside, as its owner. It asks, and changes nothing but this: for the question of the merge it opens
 * two rooms of its own and removes them again (move.ts). Each request has 10 s.
 */
import { randomUUID } from 'node:crypto';
import { type RoomServiceClient, ServerError, type SipClient } from 'livekit-server-sdk';
import { readMark } from '../agent/guardian/mark.ts';
import { canMove } from './move.ts';
import { type RoomSeen, orphansOf } from './orphans.ts';
import { accessAfter, clientsOf, reasonOf, requestLimitMs } from './requests.ts';
import type { Access, Answer, Look, Rooms, Server, Sip, Unknown } from './seen.ts';

/** Everything about the server; without an answer from LiveKit, only that. */
export async function lookAtServer(
  server: Server,
  olderThanMs: number,
): Promise<Pick<Look, 'access' | 'clockAheadS' | 'sip' | 'canMove' | 'rooms'>> {
  const clients = clientsOf(server);
  const access = await accessTo(clients.rooms);
  // The clock of whoever else may be answering says nothing.
  if (access.kind === 'silent' || access.kind === 'otherwise') return { access };
  const clockAheadS = await clockAhead(server.url);
  if (access.kind === 'refused') return { access, clockAheadS };
  return {
    access,
    clockAheadS,
    sip: await sipOf(clients.sip),
    canMove: await canMove(server),
    rooms: await lookAtRooms({ server, olderThanMs, clockAheadS }),
  };
}

/** Our rooms that were left behind. */
export async function lookAtRooms(options: {
  server: Server;
  olderThanMs: number;
  clockAheadS: number | undefined;
}): Promise<Rooms | Unknown> {
  const { server, olderThanMs, clockAheadS = 0 } = options;
  try {
    const { rooms, unseen } = await roomsOf(clientsOf(server).rooms);
    const nowMs = Date.now() - clockAheadS * 1000;
    return { orphans: orphansOf({ rooms, nowMs, olderThanMs }), unseen };
  } catch (error) {
    return { unknown: reasonOf(error) };
  }
}

async function accessTo(client: RoomServiceClient): Promise<Access> {
  try {
    await client.listRooms([`doctor-${randomUUID()}`]);
    return { kind: 'accepted' };
  } catch (error) {
    return accessAfter(error);
  }
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

/** With these a receiver may only say that it knows no HEAD; with 405 it may add what it knows. */
const aboutTheMethod = [404, 405, 410, 501];

/**
 * Whether somebody takes messages there. None is delivered: what a HEAD does not settle is settled by a POST without a body and
 * without a signature, which every right receiver refuses.
 */
export async function answerOf(url: string): Promise<Answer> {
  const ask = async (method: 'HEAD' | 'POST') => {
    const signal = AbortSignal.timeout(requestLimitMs);
    const { status, headers, body } = await fetch(url, { method, redirect: 'manual', signal });
    await body?.cancel().catch(() => undefined);
    return { answer: { method, status }, takesPost: /\bPOST\b/.test(headers.get('allow') ?? '') };
  };
  try {
    const { answer, takesPost } = await ask('HEAD');
    const isSettled = takesPost || !aboutTheMethod.includes(answer.status);
    return isSettled ? answer : (await ask('POST')).answer;
  } catch (error) {
    return { unknown: reasonOf(error) };
  }
}

async function sipOf(client: SipClient): Promise<Sip | Unknown> {
  try {
    const [inbound, outbound, rules] = await Promise.all([
      client.listSipInboundTrunk(),
      client.listSipOutboundTrunk(),
      client.listSipDispatchRule(),
    ]);
    return { inbound, outbound, rules };
  } catch (error) {
    return { unknown: reasonOf(error) };
  }
}

/** The rooms of ours. One that cannot be looked into is counted only: it must not be taken for empty. */
async function roomsOf(client: RoomServiceClient): Promise<{ rooms: RoomSeen[]; unseen: number }> {
  const listed = (await client.listRooms()).filter(({ metadata }) => readMark(metadata));
  const looks = await Promise.allSettled(
    listed.map(async ({ name, metadata, creationTime }) => ({
      name,
      metadata,
      createdAtMs: Number(creationTime) * 1000,
      participants: await client.listParticipants(name),
    })),
  );
  return {
    rooms: looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : [])),
    unseen: looks.filter((look) => look.status === 'rejected' && !isGone(look.reason)).length,
  };
}

/** A room may close between the list and the look. */
const isGone = (error: unknown) => error instanceof ServerError && error.status === 404;
