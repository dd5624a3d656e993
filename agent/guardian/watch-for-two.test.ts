/** When an AI notices that it was sent to two who talk already. The room is an emitter with what is used of one. */
import { EventEmitter } from 'node:events';
import { ParticipantKind, type Room, RoomEvent } from '@livekit/rtc-node';
import { expect, test, vi } from 'vitest';
import { legOf } from './mark.ts';
import { watchForTwo } from './watch-for-two.ts';

const caller = { identity: 'sip_caller', kind: ParticipantKind.SIP };
const human = { identity: 'human-AJ_1-2', kind: ParticipantKind.SIP };
const ours = { identity: 'human-AJ_2-1', kind: ParticipantKind.SIP };
const ai = { identity: 'agent-AJ_1', kind: ParticipantKind.AGENT };

function watch(...there: { identity: string }[]) {
  const remoteParticipants = new Map(there.map((one) => [one.identity, one]));
  const room = Object.assign(new EventEmitter(), { remoteParticipants });
  const onTwo = vi.fn();
  watchForTwo({ room: room as unknown as Room, callId: 'AJ_2', onTwo });
  const join = (one: { identity: string }) => {
    remoteParticipants.set(one.identity, one);
    room.emit(RoomEvent.ParticipantConnected, one);
  };
  return { onTwo, join };
}

test('a human of another call is there: the room should say who they are and that they talk', () => {
  const { onTwo } = watch(ai, human, caller);
  const who = { human: human.identity, ai: ai.identity, caller: legOf('AJ_1', caller.identity) };
  expect(onTwo).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ callId: 'AJ_1', phase: 'connected', ...who }),
  );
});

test('a human of another call is there, alone', () => {
  const { onTwo } = watch(human);
  const [[mark]] = onTwo.mock.calls as [[object]];
  expect(mark).toMatchObject({ callId: 'AJ_1', human: human.identity });
  expect(mark).not.toHaveProperty('caller');
});

test('a human of another call comes back later than the caller', () => {
  const { onTwo, join } = watch(caller);
  expect(onTwo).not.toHaveBeenCalled();
  join(human);
  join(ai);
  expect(onTwo).toHaveBeenCalledOnce();
});

test('a caller, other AIs and a human of our own mean nothing', () => {
  const { onTwo, join } = watch(caller, ai);
  join(ours);
  expect(onTwo).not.toHaveBeenCalled();
});
