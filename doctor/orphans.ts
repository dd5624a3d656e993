/**
 * Which rooms of this application have outlived whoever watched them. Pure: a snapshot of rooms goes in, a list comes out.
 *
 * Our rooms carry a mark from their creation (sip/dispatch-rule.json, agent/guardian/mark.ts). Rooms of other applications are
 * never named, whatever they are called and whatever state they are in.
 */
import { ParticipantInfo_Kind } from '@livekit/protocol';
import { type Mark, readMark } from '../agent/guardian/mark.ts';

/** A room as the server lists it, with who is in it. */
export type RoomSeen = {
  name: string;
  metadata: string;
  createdAtMs: number;
  participants: readonly { identity: string; kind: ParticipantInfo_Kind }[];
};

export type Orphan = {
  room: string;
  createdAtMs: number;
  /** What the room says of itself, word by word. */
  metadata: string;
  kind: Mark['kind'];
  /** How many people are in it. */
  people: number;
  /** Two people who talk may go on: they end it by hanging up, and nobody else should. */
  mayEnd: boolean;
  /** Somebody has seen to it between two looks: another AI may be on its way. */
  isSeenTo?: boolean;
};

/** Rooms of ours without the AI. Those younger than `olderThanMs` are passed over: the AI may be on its way. */
export function orphansOf(options: {
  rooms: readonly RoomSeen[];
  nowMs: number;
  olderThanMs: number;
}): Orphan[] {
  const { rooms, nowMs, olderThanMs } = options;
  // The server lists rooms in another order each time, and two reports are to be the same.
  const sorted = rooms.toSorted((a, b) => a.name.localeCompare(b.name));
  return sorted.flatMap(({ name, metadata, createdAtMs, participants }) => {
    const mark = readMark(metadata);
    if (!mark || nowMs - createdAtMs < olderThanMs || hasAi(mark, participants)) return [];
    const { kind } = mark;
    const people = participants.length;
    const mayEnd = kind === 'consultation' || people < 2;
    return [{ room: name, createdAtMs, metadata, kind, people, mayEnd }];
  });
}

/** In the room of a call the AI is the job's own participant; a consult room it joins by a name of its own. */
function hasAi(mark: Mark, participants: RoomSeen['participants']): boolean {
  return participants.some(({ identity, kind }) =>
    mark.kind === 'consultation' ? identity === mark.ai : kind === ParticipantInfo_Kind.AGENT,
  );
}
