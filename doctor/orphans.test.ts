import { ParticipantInfo_Kind as Kind } from '@livekit/protocol';
import { expect, test } from 'vitest';
import { orphansOf, type RoomSeen } from './orphans.ts';

const mark = '{"app":"livekit-warm-transfer","kind":"call"}';
const ai = { identity: 'agent-AJ_1', kind: Kind.AGENT };
const leg = (identity: string) => ({ identity, kind: Kind.SIP });
const nowMs = 1_000_000;

function room(changes: Partial<RoomSeen>): RoomSeen {
  return { name: 'call-1', metadata: mark, createdAtMs: 0, participants: [], ...changes };
}

const consult = {
  name: 'consult-AJ_1-2',
  metadata: JSON.stringify({
    app: 'livekit-warm-transfer',
    kind: 'consultation',
    callId: 'AJ_1',
    callRoom: 'call-1',
    human: 'human-AJ_1-2',
    ai: 'agent-AJ_1-2',
  }),
};

test.each<[string, Partial<RoomSeen>, object[]]>([
  ['a call that the AI is in', { participants: [leg('a'), ai] }, []],
  ['two who talk, watched', { participants: [leg('a'), leg('b'), ai] }, []],
  ['a caller alone', { participants: [leg('a')] }, [{ people: 1, mayEnd: true }]],
  [
    'two who talk, unwatched',
    { participants: [leg('a'), leg('b')] },
    [{ people: 2, mayEnd: false }],
  ],
  ['nobody', {}, [{ people: 0, mayEnd: true }]],
  ['a young room', { createdAtMs: nowMs - 59_999 }, []],
  ['a room that is old enough', { createdAtMs: nowMs - 60_000 }, [{ room: 'call-1' }]],
  ['a room of somebody else', { metadata: '' }, []],
  ['a room of another application', { metadata: '{"app":"other","kind":"call"}' }, []],
  ['a mark that is no JSON', { metadata: 'livekit-warm-transfer' }, []],
  ['a mark that is nothing', { metadata: 'null' }, []],
  [
    'a consultation with its AI',
    { ...consult, participants: [leg('b'), { identity: 'agent-AJ_1-2', kind: Kind.STANDARD }] },
    [],
  ],
  [
    'a consultation that its AI has left',
    { ...consult, participants: [leg('b'), leg('c')] },
    [{ room: 'consult-AJ_1-2', kind: 'consultation', people: 2, mayEnd: true }],
  ],
  [
    'a consultation with the AI of another',
    { ...consult, participants: [{ identity: 'agent-AJ_1-1', kind: Kind.STANDARD }] },
    [{ people: 1 }],
  ],
  ['a room that is only named like one', { ...consult, metadata: '' }, []],
  [
    'a room that another application named and marked like one',
    { ...consult, metadata: consult.metadata.replace('livekit-warm-transfer', 'other') },
    [],
  ],
])('%s', (_, changes, expected) => {
  const rooms = [room(changes)];
  const orphans = orphansOf({ rooms, nowMs, olderThanMs: 60_000 });
  expect(orphans).toHaveLength(expected.length);
  expect(orphans).toMatchObject(expected);
});

test('the mark is that of the dispatch rule which is shipped', async () => {
  const { default: shipped } = await import('../sip/dispatch-rule.json', {
    with: { type: 'json' },
  });
  const { metadata } = shipped.dispatch_rule.room_config;
  const rooms = [room({ metadata })];
  expect(orphansOf({ rooms, nowMs, olderThanMs: 0 })).toMatchObject([{ kind: 'call', metadata }]);
});

test('whatever the order in which the server lists them, the report is the same', () => {
  const rooms = ['call-2', 'call-1'].map((name) => room({ name }));
  const orphans = orphansOf({ rooms, nowMs, olderThanMs: 0 });
  expect(orphans.map((orphan) => orphan.room)).toEqual(['call-1', 'call-2']);
});
