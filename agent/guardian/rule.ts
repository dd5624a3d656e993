/**
 * What is wrong with a room, and what is to be done about it. Pure: rooms as they were seen go in, and what was found wrong
 * when; actions come out. Nothing is remembered here and nothing is asked for.
 *
 * Trouble has to last before anything is done about it, because a healthy job ends its rooms itself, and faster.
 */
import { limits } from '../limits.ts';
import { type CallMark, type ConsultMark, type Mark, callOfHuman, legOf } from './mark.ts';

/** A room of ours as the server lists it, and who was in it when it was looked into. */
export type RoomSeen = {
  name: string;
  mark: Mark;
  ageMs: number;
  /** How many people it has by the list of rooms, which can be some seconds old. */
  people: number;
  /** The same of people and AIs who send sound. */
  publishers: number;
  participants: readonly { identity: string; isAi: boolean; publishes: boolean }[];
};

export type Action =
  | { do: 'end'; room: string; why: string }
  /** `goodbye`: it is to excuse us to the caller, and to end the call. */
  | { do: 'sendAi'; room: string; mark: CallMark; goodbye: boolean; why: string };

/** When each trouble was first seen, in ms of a clock that never jumps. */
export type Memory = ReadonlyMap<string, { why: string; sinceMs: number }>;

type Trouble = { why: string; patienceMs: number; goodbye?: boolean; sendAi?: true };

/**
 * @param died calls whose process is known to be gone, although its AI may still be listed.
 * @param rooms all rooms of ours by name, also those that were not looked into.
 * @returns what to do now, what to remember, and in how many ms the next trouble will have lasted long enough.
 */
export function decide(options: {
  seen: readonly RoomSeen[];
  rooms: ReadonlySet<string>;
  died: ReadonlySet<string>;
  nowMs: number;
  memory: Memory;
}): { actions: Action[]; memory: Memory; dueMs: number } {
  const { seen, rooms, nowMs, memory } = options;
  const next = new Map<string, { why: string; sinceMs: number }>();
  const actions: Action[] = [];
  let dueMs = Infinity;
  const names = new Set(seen.map(({ name }) => name));
  for (const [name, trouble] of memory) {
    // What could not be looked into this time may still be as it was.
    if (rooms.has(name) && !names.has(name)) next.set(name, trouble);
  }
  for (const room of seen) {
    const trouble = troubleOf(room, options);
    if (!trouble) continue;
    const { why, patienceMs } = trouble;
    const before = memory.get(room.name);
    const sinceMs = before?.why === why ? before.sinceMs : nowMs;
    next.set(room.name, { why, sinceMs });
    const leftMs = sinceMs + patienceMs - nowMs;
    if (leftMs > 0) dueMs = Math.min(dueMs, leftMs);
    else actions.push(actionOn(room, trouble));
  }
  return { actions, memory: next, dueMs };
}

function actionOn({ name, mark }: RoomSeen, { why, sendAi, goodbye = false }: Trouble): Action {
  const rescue = sendAi && mark.kind === 'call';
  return rescue ? { do: 'sendAi', room: name, mark, goodbye, why } : { do: 'end', room: name, why };
}

/** A server that was killed goes on naming who left while it was away, and does not count them (livekit-server 1.13.5). */
const namedOnly: Trouble = {
  why: 'somebody is named and not there',
  patienceMs: limits.namedOnlyMs,
};

type World = { rooms: ReadonlySet<string>; died: ReadonlySet<string> };

function troubleOf(room: RoomSeen, world: World): Trouble | undefined {
  if (room.ageMs > limits.callMs) return { why: 'it is older than any call may be', patienceMs: 0 };
  return room.mark.kind === 'call'
    ? troubleOfCall(room, room.mark, world)
    : troubleOfConsultation(room, room.mark, world);
}

function troubleOfConsultation(
  { participants, publishers }: RoomSeen,
  { callRoom, callId, ai }: ConsultMark,
  { rooms, died }: World,
): Trouble | undefined {
  const patienceMs = limits.consultAloneMs;
  if (!rooms.has(callRoom)) return { why: 'its call is over', patienceMs };
  if (died.has(callId)) return { why: 'its AI has died', patienceMs: 0 };
  if (!participants.some(({ identity }) => identity === ai)) {
    return { why: 'its AI is not in it', patienceMs };
  }
  return publishers < participants.filter(({ publishes }) => publishes).length
    ? namedOnly
    : undefined;
}

function troubleOfCall(
  { participants, people: present }: RoomSeen,
  mark: CallMark,
  { died }: World,
): Trouble | undefined {
  const { callId } = mark;
  if (!callId) return troubleOfUnmarked(participants);
  const people = participants.filter(({ isAi }) => !isAi).map(({ identity }) => identity);
  const hasCaller = people.some((identity) => legOf(callId, identity) === mark.caller);
  const hasHuman = people.some((identity) => callOfHuman(identity) === callId);
  const hasAi = participants.some(({ identity, isAi }) => isAi && identity === mark.ai);
  const patienceMs = limits.legAloneMs;
  if (hasHuman && hasCaller) {
    return mark.phase === 'connected' && present < people.length ? namedOnly : undefined;
  }
  if (hasHuman) return { why: 'the caller has left', patienceMs };
  // The AI may have to part from a human, in a room of their own, before it ends this one.
  if (!hasCaller && hasAi) return { why: 'only the AI is left', patienceMs: limits.aiAloneMs };
  if (!hasCaller) return { why: 'both have left', patienceMs };
  if (mark.phase === 'connected') return { why: 'the human has left', patienceMs };
  if (mark.rescuer) {
    // As soon as it is there it makes the mark its own, and then nobody is its rescuer any more.
    const isThere = participants.some(({ identity, isAi }) => isAi && identity !== mark.ai);
    return isThere ? undefined : { why: 'no other AI came', patienceMs: limits.rescueMs };
  }
  if (hasAi && !died.has(callId)) return undefined;
  const losses = mark.losses ?? 0;
  if (losses > 1) return { why: 'its AI was lost again and again', patienceMs: 0 };
  const goodbye = losses === 1;
  const lost = { why: 'its AI was lost', sendAi: true, goodbye } as const;
  return { ...lost, patienceMs: died.has(callId) ? 0 : limits.aiLostMs };
}

/**
 * No AI has marked it: the caller hears it ring and one may be on its way, every worker has declined, or LiveKit did not take the
 * mark of one that is there, or has forgotten that of two who talk.
 */
function troubleOfUnmarked(participants: RoomSeen['participants']): Trouble | undefined {
  const hasAi = participants.some(({ isAi }) => isAi);
  const people = participants.filter(({ isAi }) => !isAi);
  const humans = people.filter(({ identity }) => callOfHuman(identity) !== undefined);
  const hasCaller = people.length > humans.length;
  if (hasCaller && (hasAi || humans.length > 0)) return undefined;
  // The caller of a human, or of an AI, may be on the way back after a restart of livekit-server.
  const isRinging = hasCaller || participants.length === 0;
  const patienceMs = isRinging ? limits.unansweredMs : limits.aiAloneMs;
  return { why: 'nobody has answered it', patienceMs };
}
