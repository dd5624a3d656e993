/**
 * Whether the server moves participants between rooms, found out by having one moved: two rooms of the doctor's own, which
 * nobody else is in, and a participant of its own. Nothing less tells: livekit-server as published says "not implemented" for
 * somebody who is connected, and for everybody else the same as a server that is out of order.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AccessToken, type RoomServiceClient, ServerError } from 'livekit-server-sdk';
import { within } from '../agent/teardown.ts';
import { cannotMove } from '../agent/telephony.ts';
import type { Invitation, Report } from './participant.ts';
import { clientsOf, reasonOf, requestLimitMs } from './requests.ts';
import type { Server, Unknown } from './seen.ts';

const identity = 'doctor';
/** In seconds, so that the rooms close by themselves when the doctor is killed. */
const closing = { emptyTimeout: 10, departureTimeout: 5 };
/** Between two attempts to move somebody whose connection is not complete yet. */
const againMs = 100;

/** Takes at most 10 s, and then as long as it takes to remove the rooms. Never rejects. */
export async function canMove(server: Server): Promise<boolean | Unknown> {
  const { rooms } = clientsOf(server);
  const from = `doctor-${randomUUID()}`;
  const to = `${from}-other`;
  const participant = fork(join(import.meta.dirname, 'participant.ts'), { stdio: 'ignore' });
  const report = reportOf(participant);
  const seeMoved = async () => {
    await Promise.all([from, to].map((name) => rooms.createRoom({ name, ...closing })));
    const invitation: Invitation = { url: server.url, token: await tokenFor(server, from) };
    // When it has ended by now the report says so.
    participant.send(invitation, () => undefined);
    const { why } = await report;
    if (why !== undefined) throw new Error(`a room could not be joined: ${why}`);
    await move({ rooms, from, to, untilMs: performance.now() + requestLimitMs });
  };
  try {
    await within(requestLimitMs, seeMoved());
    return true;
  } catch (error) {
    return cannotMove(error) ? false : { unknown: reasonOf(error) };
  } finally {
    await Promise.allSettled([from, to].map((name) => rooms.deleteRoom(name)));
    participant.kill('SIGKILL');
  }
}

async function reportOf(participant: ChildProcess): Promise<Report> {
  try {
    const ended = once(participant, 'exit').then(() => [{ why: 'its process has ended' }]);
    const [report] = await Promise.race([once(participant, 'message'), ended]);
    return report as Report;
  } catch (error) {
    return { why: (error as Error).message };
  }
}

function tokenFor({ apiKey, apiSecret }: Server, room: string): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret, { identity, ttl: '10m' });
  token.addGrant({ roomJoin: true, room, canPublish: false, canSubscribe: false });
  return token.toJwt();
}

/** Rejects with what stood in the way. */
async function move(options: {
  rooms: RoomServiceClient;
  from: string;
  to: string;
  untilMs: number;
}): Promise<void> {
  const { rooms, from, to, untilMs } = options;
  for (;;) {
    try {
      await rooms.moveParticipant(from, identity, to);
      return;
    } catch (error) {
      // For the server we may be there a little later than for us.
      const mayBeEarly = error instanceof ServerError && error.code === 'failed_precondition';
      if (!mayBeEarly || performance.now() > untilMs) throw error;
      await delay(againMs);
    }
  }
}
