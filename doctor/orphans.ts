/**
 * Which rooms of this application have outlived whoever watched them. Pure: a snapshot of rooms goes in, a list comes out.
 *
 * A call's room carries the mark of sip/dispatch-rule.json, a consult room is named after its attempt. Rooms of other
 * applications are never named, whatever state they are in.
 */
import { ParticipantInfo_Kind } from '@livekit/protocol';
import { readMark } from '../agent/guardian/mark.ts';

/** A room as the server lists it, with who is in it. */
export type RoomSeen = {
  name: string;
  metadata: string;
  createdAtMs: number;
  participants: readonly { identity: string; kind: ParticipantInfo_Kind }[];
};

export type Orphan = {
  room: string;
  kind: 'call' | 'consultation';
  /** How many people are in it. */
  people: number;
  /** Two people who talk may go on: they end it by hanging up, and nobody else should. */
  mayEnd: boolean;
};

/** Rooms of ours without the AI. Those younger than `olderThanMs` are passed over: the AI may be on its way. */
export function orphansOf(options: {
  rooms: readonly RoomSeen[];
  nowMs: number;
  olderThanMs: number;
}): Orphan[] {
  const { rooms, nowMs, olderThanMs } = options;
  return rooms.flatMap((room) => {
    const kind = kindOf(room);
    if (!kind || nowMs - room.createdAtMs < olderThanMs || hasAi(room)) return [];
    const people = room.participants.length;
    return [{ room: room.name, kind, people, mayEnd: kind === 'consultation' || people < 2 }];
  });
}

/** Whose room it is; undefined for one that is not ours. */
export function kindOf({
  name,
  metadata,
}: Pick<RoomSeen, 'name' | 'metadata'>): Orphan['kind'] | undefined {
  // A consult room of an older version has no mark, and is told by its name.
  return attemptOf(name) ? 'consultation' : readMark(metadata)?.kind;
}

const attemptOf = (room: string): string | undefined => /^consult-(AJ_\w+-\d+)$/.exec(room)?.[1];

/** In the room of a call the AI is the job's own participant; a consult room it joins by a name of its own. */
function hasAi({ name, participants }: RoomSeen): boolean {
  const attempt = attemptOf(name);
  return participants.some(({ identity, kind }) =>
    attempt ? identity === `agent-${attempt}` : kind === ParticipantInfo_Kind.AGENT,
  );
}
