/**
 * Who joins a room and who leaves it: the facts on which every hang-up rests. Decides nothing.
 */
import type { JobContext } from '@livekit/agents';
import {
  ConnectionState,
  DisconnectReason,
  type Participant,
  type RemoteParticipant,
  type Room,
  RoomEvent,
} from '@livekit/rtc-node';
import { hasHungUp } from './hung-up.ts';
import { limits } from './limits.ts';
import { within } from './teardown.ts';
import type { Telephony } from './telephony.ts';

/**
 * The caller whom we find in the room.
 * @returns undefined when nobody is there: the call was over before we came, and our coming may have opened its room anew.
 */
export function findCaller(
  ctx: Pick<JobContext, 'waitForParticipant'>,
): Promise<RemoteParticipant | undefined> {
  return within(limits.callerMs, ctx.waitForParticipant()).catch(() => undefined);
}

/** How a room can be over for us: it is gone, with everybody in it; we have left it; or we are out of it and did not want to be. */
export type Over = 'deleted' | 'left' | 'lost';

/**
 * Tells who joins a room and who leaves it or hangs up, by identity and whatever the reason. A leave without a reason while we
 * reconnect is not a hang-up; after the reconnect the server is asked who is still there, and who has not come back by
 * themselves after `limits.reconnectMs` has left. A room that was deleted, or that
 * we were thrown out of, is over for us: then nobody is said to have left it, because nobody hung up.
 * @returns a function that ends the watch.
 */
export function watchLegs(options: {
  room: Room;
  telephony: Pick<Telephony, 'whoIsIn'>;
  onJoined: (participant: RemoteParticipant) => void;
  onLeft: (identity: string) => void;
  onOver: (how: Over) => void;
}): () => void {
  const { room, telephony, onJoined, onLeft } = options;
  const present = new Set(room.remoteParticipants.keys());
  const left = (identity: string) => {
    if (present.delete(identity)) onLeft(identity);
  };
  const onConnected = (participant: RemoteParticipant) => {
    present.add(participant.identity);
    onJoined(participant);
    // Who hung up while they were being moved here comes in like this, and their leave may be 20 s behind.
    if (hasHungUp(participant.attributes)) left(participant.identity);
  };
  const onDisconnected = (participant: RemoteParticipant) => {
    if (participant.disconnectReason === DisconnectReason.ROOM_DELETED) return;
    const connected = room.connectionState === ConnectionState.CONN_CONNECTED;
    if (participant.disconnectReason !== undefined || connected) left(participant.identity);
  };
  const endLooks = lookAfterReconnect(room, telephony, (there) => {
    [...present].filter((id) => !there.includes(id)).forEach(left);
  });
  const onAttributes = (changed: Record<string, string>, { identity }: Participant) => {
    if (hasHungUp(changed)) left(identity);
  };
  const onOver = (reason?: DisconnectReason) => {
    if (reason === DisconnectReason.ROOM_DELETED) return options.onOver('deleted');
    options.onOver(reason === DisconnectReason.CLIENT_INITIATED ? 'left' : 'lost');
  };
  const endLimit = limitReconnect(room, () => options.onOver('lost'));
  const endOwn = lookForOurselves(room, telephony, () => options.onOver('lost'));
  room.on(RoomEvent.ParticipantConnected, onConnected);
  room.on(RoomEvent.ParticipantAttributesChanged, onAttributes);
  room.on(RoomEvent.ParticipantDisconnected, onDisconnected);
  room.on(RoomEvent.Disconnected, onOver);
  return () => {
    endLimit();
    endOwn();
    endLooks();
    room.off(RoomEvent.ParticipantConnected, onConnected);
    room.off(RoomEvent.ParticipantAttributesChanged, onAttributes);
    room.off(RoomEvent.ParticipantDisconnected, onDisconnected);
    room.off(RoomEvent.Disconnected, onOver);
  };
}

/**
 * Tells who is in the room when we are back in it: as the server lists them, and later as they have come back themselves. A
 * server that was killed lists also those who hung up while it was away (livekit-server 1.13.5).
 * @returns a function that ends this.
 */
function lookAfterReconnect(
  room: Room,
  telephony: Pick<Telephony, 'whoIsIn'>,
  tell: (there: readonly string[]) => void,
): () => void {
  let later: NodeJS.Timeout | undefined;
  let looks = 0;
  const end = () => {
    looks += 1;
    clearTimeout(later);
  };
  const look = () => {
    end();
    const which = looks;
    // What comes after the watch has ended, or of a connection before, says nothing about now.
    const tellNow = (there: readonly string[]) => void (which === looks && tell(there));
    // When even the server cannot say, nobody is hung up on; the next leave or the room's end is seen as usual.
    telephony.whoIsIn(room.name ?? '').then(tellNow, () => undefined);
    later = setTimeout(() => tell([...room.remoteParticipants.keys()]), limits.reconnectMs);
  };
  room.on(RoomEvent.Reconnected, look);
  room.on(RoomEvent.Reconnecting, end).on(RoomEvent.Disconnected, end);
  return () => {
    end();
    room.off(RoomEvent.Reconnected, look);
    room.off(RoomEvent.Reconnecting, end).off(RoomEvent.Disconnected, end);
  };
}

/**
 * Gives a connection up that is not there again in time: the SDK can try for ever when livekit-server was killed (rtc-node 0.13.35).
 * @returns a function that ends this.
 */
function limitReconnect(room: Room, onLost: () => void): () => void {
  let limit: NodeJS.Timeout | undefined;
  const end = () => clearTimeout(limit);
  const begin = () => {
    end();
    limit = setTimeout(onLost, limits.reconnectMs);
  };
  room.on(RoomEvent.Reconnecting, begin);
  room.on(RoomEvent.Reconnected, end).on(RoomEvent.Disconnected, end);
  return () => {
    end();
    room.off(RoomEvent.Reconnecting, begin);
    room.off(RoomEvent.Reconnected, end).off(RoomEvent.Disconnected, end);
  };
}

/**
 * Asks the server now and then whether we are in the room: when livekit-server is killed a connection can die without a word
 * (rtc-node 0.13.35), and then nobody tells us that the room is gone. Once may be a reconnect, twice is not.
 * @returns a function that ends this.
 */
function lookForOurselves(
  room: Room,
  telephony: Pick<Telephony, 'whoIsIn'>,
  onLost: () => void,
): () => void {
  let missed = 0;
  let isOver = false;
  const look = (there: readonly string[]) => {
    missed = there.includes(room.localParticipant?.identity ?? '') ? 0 : missed + 1;
    if (missed === 2 && !isOver) onLost();
  };
  const timer = setInterval(() => {
    telephony.whoIsIn(room.name ?? '').then(look, () => undefined);
  }, limits.ownLookMs);
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}
