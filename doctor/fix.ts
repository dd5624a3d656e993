/**
 * Ends rooms that were left behind; main.ts calls it for --fix alone. A guardian may be about to send a caller another AI, so
 * each room is looked at twice, far enough apart for that AI to be there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../agent/limits.ts';
import type { Orphan } from './orphans.ts';
import { reasonOf } from './requests.ts';
import { type Rooms, type Unknown, isUnknown } from './seen.ts';

/** Longer than a guardian waits for the AI that it has sent. */
export const secondLookMs = limits.rescueMs + 2_000;

export type Fixed = {
  /** As they are now. */
  rooms: Rooms | Unknown;
  /** Names of the rooms that are gone. */
  ended: string[];
  /** One sentence for each room that could not be ended. */
  failed: string[];
};

/**
 * @param options.rooms the first look.
 * @param options.say is told that it waits, when it does.
 */
export async function endOrphans(options: {
  rooms: Rooms | Unknown;
  lookAgain: () => Promise<Rooms | Unknown>;
  end: (room: string) => Promise<void>;
  say: (line: string) => void;
  waitMs?: number;
}): Promise<Fixed> {
  const { rooms, lookAgain, end, say, waitMs = secondLookMs } = options;
  const nothing = { ended: [], failed: [] };
  if (isUnknown(rooms) || !rooms.orphans.some(({ mayEnd }) => mayEnd)) return { rooms, ...nothing };
  say(`Waiting ${waitMs / 1000} s, because a guardian may be sending another AI there.`);
  await delay(waitMs);
  const now = await lookAgain();
  if (isUnknown(now)) return { rooms: now, ...nothing };
  const names = now.orphans
    .filter((orphan) => orphan.mayEnd && rooms.orphans.some((before) => isAsBefore(before, orphan)))
    .map(({ room }) => room);
  const ends = await Promise.allSettled(names.map((name) => end(name)));
  const ended = names.filter((_, i) => ends[i]!.status === 'fulfilled');
  const failed = ends.flatMap((one, i) =>
    one.status === 'rejected' ? [`${names[i]} could not be ended (${reasonOf(one.reason)})`] : [],
  );
  const orphans = now.orphans
    .filter(({ room }) => !names.includes(room))
    .map((orphan) => ({ ...orphan, isSeenTo: orphan.mayEnd }));
  return { rooms: { ...now, orphans }, ended, failed };
}

/** The same room, and nobody has written on it since: whoever undertakes to send an AI says so there first. */
const isAsBefore = (before: Orphan, now: Orphan): boolean =>
  before.mayEnd &&
  before.room === now.room &&
  before.createdAtMs === now.createdAtMs &&
  before.metadata === now.metadata;
