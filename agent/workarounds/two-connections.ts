/**
 * Joins rooms with one connection for each direction. With one for both, which is what rtc-node 0.13.35 asks for, livekit-server
 * 1.13.11 needs seconds now and then until sound is under way, and once in a few hundred times no sound ever is: the room is joined,
 * and nothing is heard in it. docs/decisions/0015-two-connections.md has the figures. RoomOptions does not name the field, but
 * hands it on.
 */
import type { Room, RoomOptions } from '@livekit/rtc-node';

/** Changes how a room is joined. To be called before it is. */
export function useTwoConnections(room: Room): void {
  const connect = room.connect.bind(room);
  room.connect = (url, token, options) => {
    const apart = { singlePeerConnection: false };
    return connect(url, token, { ...options, ...apart } as RoomOptions);
  };
}
