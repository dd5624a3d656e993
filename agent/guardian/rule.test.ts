/** What the guardian does about a room, as a table: who is in it, what its mark says, and how long that has lasted. */
import { describe, expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { APPLICATION, type CallMark, type ConsultMark, legOf } from './mark.ts';
import { type Action, type Memory, type RoomSeen, decide } from './rule.ts';

const callId = 'AJ_1';
const mark: CallMark = {
  app: APPLICATION,
  kind: 'call',
  callId,
  phase: 'talking',
  caller: legOf(callId, 'sip_caller'),
  ai: 'agent-AJ_1',
  losses: 0,
};
const connected = { ...mark, phase: 'connected' };
const consultMark: ConsultMark = {
  app: APPLICATION,
  kind: 'consultation',
  callId,
  callRoom: 'call-1',
  human: 'human-AJ_1-1',
  ai: 'agent-AJ_1-1',
};
const person = (identity: string) => ({ identity, isAi: false, publishes: true });
const agent = (identity: string) => ({ ...person(identity), isAi: true });
const [caller, human, other] = [person('sip_caller'), person('human-AJ_1-1'), person('sip_other')];
const ai = agent('agent-AJ_1');
const consultAi = agent('agent-AJ_1-1');

const callRoom = (of: CallMark, ...participants: RoomSeen['participants']): RoomSeen => ({
  name: 'call-1',
  mark: of,
  ageMs: 90_000,
  people: participants.filter(({ isAi }) => !isAi).length,
  publishers: participants.filter(({ publishes }) => publishes).length,
  participants,
});
const consultRoom = (...participants: RoomSeen['participants']): RoomSeen => ({
  ...callRoom(mark, ...participants),
  name: 'consult-1',
  mark: consultMark,
});

type Case = { rooms?: string[]; died?: string[] };

/** What is done about a room in which nothing changes, `afterMs` after it was first seen so. */
function doneAbout(room: RoomSeen, afterMs: number, { rooms = ['call-1'], died = [] }: Case = {}) {
  const look = (nowMs: number, memory: Memory) =>
    decide({ seen: [room], rooms: new Set(rooms), died: new Set(died), nowMs, memory });
  const first = look(1_000, new Map());
  return afterMs === 0 ? first : look(1_000 + afterMs, first.memory);
}

describe('left alone', () => {
  test.each<[string, RoomSeen, Case?]>([
    ['a caller who talks to the AI', callRoom(mark, caller, ai)],
    ['a caller on hold', callRoom({ ...mark, phase: 'ringing' }, caller, ai)],
    ['two who talk, watched', callRoom(connected, caller, human, ai)],
    ['two who talk, unwatched', callRoom(connected, caller, human)],
    ['two who talk, whose job has died', callRoom(connected, caller, human), { died: [callId] }],
    [
      'two who talk, though their mark is behind',
      callRoom({ ...mark, phase: 'merging' }, caller, human),
    ],
    ['three who talk', callRoom(connected, caller, human, other)],
    [
      'a caller with an AI whose mark LiveKit did not take',
      callRoom({ app: APPLICATION, kind: 'call' }, caller, ai),
    ],
    [
      'a caller with the AI that was sent, whose mark LiveKit did not take',
      callRoom({ ...mark, losses: 1, rescuer: 'guardian-1' }, caller, agent('agent-AJ_2')),
    ],
    [
      'two who talk, whose mark LiveKit has forgotten',
      callRoom({ app: APPLICATION, kind: 'call' }, caller, human),
    ],
    ['a consultation', consultRoom(human, consultAi)],
    ['a consultation whose human is not called yet', consultRoom(consultAi)],
    [
      'a consultation whose human is being rung',
      consultRoom({ ...human, publishes: false }, consultAi),
    ],
  ])('%s', (_, room, context) => {
    expect(doneAbout(room, 3_600_000, context)).toMatchObject({ actions: [], dueMs: Infinity });
  });
});

const end = (why: string): Partial<Action> => ({ do: 'end', why });
const send = (goodbye: boolean): Partial<Action> => ({
  do: 'sendAi',
  goodbye,
  why: 'its AI was lost',
});
const { legAloneMs, aiLostMs, aiAloneMs, consultAloneMs, rescueMs, unansweredMs } = limits;
const rescued = { ...mark, losses: 1, rescuer: 'guardian-1' };

describe('trouble that lasts', () => {
  test.each<[string, RoomSeen, number, Partial<Action>, Case?]>([
    [
      'the caller has left two who talked',
      callRoom(connected, human),
      legAloneMs,
      end('the caller has left'),
    ],
    ['the human has left', callRoom(connected, caller), legAloneMs, end('the human has left')],
    [
      'the human has left, and an AI is still listed',
      callRoom(connected, caller, ai),
      legAloneMs,
      end('the human has left'),
    ],
    [
      'the human has left, and a third is there',
      callRoom(connected, caller, other),
      legAloneMs,
      end('the human has left'),
    ],
    [
      'the caller has left, and a third is there',
      callRoom(connected, human, other),
      legAloneMs,
      end('the caller has left'),
    ],
    [
      'both have left, and a third is there',
      callRoom(connected, other),
      legAloneMs,
      end('both have left'),
    ],
    ['only the AI is there', callRoom(mark, ai), aiAloneMs, end('only the AI is left')],
    [
      'a human with whom nobody talks',
      callRoom({ ...mark, phase: 'merging' }, human, ai),
      legAloneMs,
      end('the caller has left'),
    ],
    [
      'one of two who talked is named and not counted',
      { ...callRoom(connected, caller, human), people: 1 },
      limits.namedOnlyMs,
      end('somebody is named and not there'),
    ],
    ['a caller without AI', callRoom(mark, caller), aiLostMs, send(false)],
    [
      'a caller on hold without AI',
      callRoom({ ...mark, phase: 'ringing' }, caller),
      aiLostMs,
      send(false),
    ],
    [
      'a caller with the AI of somebody else',
      callRoom(mark, caller, agent('x')),
      aiLostMs,
      send(false),
    ],
    [
      'a caller who has lost the AI again',
      callRoom({ ...mark, losses: 1 }, caller),
      aiLostMs,
      send(true),
    ],
    ['a caller to whom no AI came', callRoom(rescued, caller), rescueMs, end('no other AI came')],
    [
      'a call that nobody has answered',
      callRoom({ app: APPLICATION, kind: 'call' }, caller),
      unansweredMs,
      end('nobody has answered it'),
    ],
    [
      'a human whose caller has left, and whose mark LiveKit has forgotten',
      callRoom({ app: APPLICATION, kind: 'call' }, human, ai),
      aiAloneMs,
      end('nobody has answered it'),
    ],
    ['a consultation without AI', consultRoom(human), consultAloneMs, end('its AI is not in it')],
    [
      'a consultation whose AI is named and not counted',
      { ...consultRoom(human, consultAi), publishers: 1 },
      limits.namedOnlyMs,
      end('somebody is named and not there'),
    ],
    [
      'a consultation without call',
      consultRoom(human, consultAi),
      consultAloneMs,
      end('its call is over'),
      { rooms: [] },
    ],
  ])('%s', (_, room, patienceMs, action, context) => {
    expect(doneAbout(room, 0, context)).toMatchObject({ actions: [], dueMs: patienceMs });
    expect(doneAbout(room, patienceMs - 1, context)).toMatchObject({ actions: [], dueMs: 1 });
    expect(doneAbout(room, patienceMs, context).actions).toMatchObject([
      { ...action, room: room.name },
    ]);
  });
});

describe('trouble that cannot mend', () => {
  test.each<[string, RoomSeen, Partial<Action>, Case?]>([
    [
      'a caller whose AI has died and is still listed',
      callRoom(mark, caller, ai),
      send(false),
      { died: [callId] },
    ],
    [
      'a caller who has lost the AI a third time',
      callRoom({ ...mark, losses: 2 }, caller),
      end('its AI was lost again and again'),
    ],
    [
      'a consultation whose AI has died and is still listed',
      consultRoom(human, consultAi),
      end('its AI has died'),
      { died: [callId] },
    ],
    [
      'a call that is too old',
      { ...callRoom(connected, caller, human), ageMs: limits.callMs + 1 },
      end('it is older than any call may be'),
    ],
    [
      'a consultation that is too old',
      { ...consultRoom(human, consultAi), ageMs: limits.callMs + 1 },
      end('it is older than any call may be'),
    ],
  ])('%s', (_, room, action, context) => {
    expect(doneAbout(room, 0, context).actions).toMatchObject([action]);
  });
});

test('trouble that mends is forgotten, and has to last again from its beginning', () => {
  const world = { rooms: new Set(['call-1']), died: new Set<string>() };
  const look = (nowMs: number, room: RoomSeen, memory: Memory) =>
    decide({ ...world, seen: [room], nowMs, memory });
  const alone = callRoom(connected, caller);
  const first = look(0, alone, new Map());
  const mended = look(2_000, callRoom(connected, caller, human), first.memory);
  expect(mended.memory.size).toBe(0);
  const again = look(legAloneMs, alone, mended.memory);
  expect(again).toMatchObject({ actions: [], dueMs: legAloneMs });
});

test('trouble of a room that cannot be looked into goes on, until the room is gone', () => {
  const died = new Set<string>();
  const look = (nowMs: number, seen: RoomSeen[], memory: Memory, rooms = ['call-1']) =>
    decide({ seen, rooms: new Set(rooms), died, nowMs, memory });
  const first = look(0, [callRoom(connected, caller)], new Map());
  const blind = look(2_000, [], first.memory);
  expect(look(3_000, [], blind.memory, []).memory.size).toBe(0);
  const then = look(legAloneMs, [callRoom(connected, caller)], blind.memory);
  expect(then.actions).toHaveLength(1);
});

test('trouble of another kind has to last from its own beginning', () => {
  const world = { rooms: new Set(['call-1']), died: new Set<string>() };
  const first = decide({ ...world, seen: [callRoom(mark, caller)], nowMs: 0, memory: new Map() });
  const then = decide({
    ...world,
    seen: [callRoom(rescued, caller)],
    nowMs: rescueMs - 1,
    memory: first.memory,
  });
  expect(then).toMatchObject({ actions: [], dueMs: rescueMs });
});
