/**
 * Whether another AI has taken this call over. An AI that was out of its room for a while may come back to one who has taken its
 * place, and two must not talk to one caller.
 */
import { type Room, RoomEvent } from '@livekit/rtc-node';
import type { Telephony } from '../telephony.ts';
import { type Mark, readMark } from './mark.ts';

/** Whether a room says that another job has answered its call. */
export const isOfAnother = (mark: Mark | undefined, callId: string): boolean =>
  mark?.kind === 'call' && mark.callId !== undefined && mark.callId !== callId;

/** To be called when the room has our own mark. Looks whenever the mark changes, and after each reconnect, when a change may be missed. */
export function watchMark(options: {
  room: Room;
  telephony: Pick<Telephony, 'readMark'>;
  callId: string;
  onTaken: () => void;
}): void {
  const { room, telephony, callId, onTaken } = options;
  const look = (mark: Mark | undefined) => {
    if (isOfAnother(mark, callId)) onTaken();
  };
  room.on(RoomEvent.RoomMetadataChanged, (metadata) => look(readMark(metadata)));
  room.on(RoomEvent.Reconnected, () => {
    // Without an answer we stay: whoever comes after us leaves when the mark is not theirs.
    telephony.readMark(room.name ?? '').then(look, () => undefined);
  });
}
