/**
 * Two who talk in a room that does not say so any more. When livekit-server was killed and the caller's leg is the first to be
 * back, the room has the metadata of the dispatch rule again, as if nobody had answered, and another AI is sent (livekit-server
 * 1.13.5). That AI must not speak to the two, and they must not stay without a mark.
 */
import { ParticipantKind, type Room, RoomEvent } from '@livekit/rtc-node';
import { APPLICATION, type CallMark, callOfHuman, legOf } from './mark.ts';

/**
 * Tells of a human in the room who was called for another call, as soon as there is one.
 * @param options.callId our own.
 * @param options.onTwo gets the mark that the room should have.
 */
export function watchForTwo(options: {
  room: Room;
  callId: string;
  onTwo: (mark: CallMark) => void;
}): void {
  const { room, callId, onTwo } = options;
  const look = () => {
    const mark = markOfTwo(room, callId);
    if (!mark) return;
    room.off(RoomEvent.ParticipantConnected, look);
    onTwo(mark);
  };
  room.on(RoomEvent.ParticipantConnected, look);
  look();
}

function markOfTwo(room: Room, ours: string): CallMark | undefined {
  const people = [...room.remoteParticipants.values()]
    .filter(({ kind }) => kind !== ParticipantKind.AGENT)
    .map(({ identity }) => identity);
  const human = people.find((one) => ![undefined, ours].includes(callOfHuman(one)));
  const callId = human && callOfHuman(human);
  if (callId === undefined) return undefined;
  const caller = people.find((one) => callOfHuman(one) === undefined);
  return {
    app: APPLICATION,
    kind: 'call',
    callId,
    phase: 'connected',
    phaseSinceMs: Date.now(),
    human,
    ai: `agent-${callId}`,
    ...(caller !== undefined && { caller: legOf(callId, caller) }),
  };
}
