/** Who is said to have left, and who is not. The room is an emitter with what the watch uses of one. */
import { EventEmitter } from 'node:events';
import { ConnectionState, DisconnectReason, type Room, RoomEvent } from '@livekit/rtc-node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from './limits.ts';
import { watchLegs } from './watch-legs.ts';

function watched(there: string[] | Promise<string[]> = []) {
  const emitter = new EventEmitter();
  const room = Object.assign(emitter, {
    name: 'call-1',
    localParticipant: { identity: 'agent' },
    connectionState: ConnectionState.CONN_CONNECTED as ConnectionState,
    remoteParticipants: new Map([['caller', { identity: 'caller' }]]),
  });
  const joined: string[] = [];
  const left: string[] = [];
  const onOver = vi.fn();
  const stop = watchLegs({
    room: room as unknown as Room,
    telephony: { whoIsIn: async () => there },
    onJoined: ({ identity }) => void joined.push(identity),
    onLeft: (identity) => void left.push(identity),
    onOver,
  });
  const join = (identity: string, callStatus = 'active') =>
    room.emit(RoomEvent.ParticipantConnected, {
      identity,
      attributes: { 'sip.callStatus': callStatus },
    });
  const leave = (identity: string, disconnectReason?: DisconnectReason) =>
    room.emit(RoomEvent.ParticipantDisconnected, { identity, disconnectReason });
  const status = (identity: string, callStatus: string) =>
    room.emit(
      RoomEvent.ParticipantAttributesChanged,
      { 'sip.callStatus': callStatus },
      { identity },
    );
  return { room, joined, left, onOver, stop, join, leave, status };
}

test('a leave counts for whatever reason, also for one that says nothing (0)', () => {
  const { left, leave, join } = watched();
  join('human');
  leave('human', DisconnectReason.UNKNOWN_REASON);
  leave('caller', DisconnectReason.CLIENT_INITIATED);
  expect(left).toEqual(['human', 'caller']);
});

test('a phone that has hung up has left, once, whether its leave comes after that or never', () => {
  const { left, leave, status } = watched();
  status('caller', 'hangup');
  expect(left).toEqual(['caller']);
  leave('caller', DisconnectReason.CLIENT_INITIATED);
  expect(left).toEqual(['caller']);
});

test('a phone that hung up while it was being moved here comes, and has left', () => {
  const { joined, left, leave, join } = watched();
  join('human', 'hangup');
  expect(joined).toEqual(['human']);
  expect(left).toEqual(['human']);
  leave('human', DisconnectReason.CLIENT_INITIATED);
  expect(left).toEqual(['human']);
});

test('no other state of a phone is a hang-up', () => {
  const { left, status } = watched();
  for (const state of ['dialing', 'ringing', 'automation', 'active']) status('caller', state);
  expect(left).toEqual([]);
});

test('a leave without a reason while we reconnect is none; after it, the server says who is gone', async () => {
  const { room, left, leave, join } = watched(['caller']);
  join('human');
  room.connectionState = ConnectionState.CONN_RECONNECTING;
  leave('caller');
  leave('human');
  expect(left).toEqual([]);
  room.connectionState = ConnectionState.CONN_CONNECTED;
  room.emit(RoomEvent.Reconnected);
  await vi.waitFor(() => expect(left).toEqual(['human']));
});

test('who leaves and comes back can leave again', () => {
  const { joined, left, leave, join } = watched();
  leave('caller', DisconnectReason.CLIENT_INITIATED);
  join('caller');
  leave('caller', DisconnectReason.CLIENT_INITIATED);
  expect(joined).toEqual(['caller']);
  expect(left).toEqual(['caller', 'caller']);
});

test('nothing is told after the watch has ended', () => {
  const { left, leave, status, stop } = watched();
  stop();
  status('caller', 'hangup');
  leave('caller', DisconnectReason.CLIENT_INITIATED);
  expect(left).toEqual([]);
});

test('a room that is deleted is over, and nobody has hung up', () => {
  const { room, left, onOver, leave } = watched();
  leave('caller', DisconnectReason.ROOM_DELETED);
  expect(onOver).not.toHaveBeenCalled();
  room.emit(RoomEvent.Disconnected, DisconnectReason.ROOM_DELETED);
  expect(onOver).toHaveBeenCalledOnce();
  expect(left).toEqual([]);
});

test('a room that is over after the watch has ended is nobody’s business', () => {
  const { room, onOver, stop } = watched();
  stop();
  room.emit(RoomEvent.Disconnected, DisconnectReason.CLIENT_INITIATED);
  expect(onOver).not.toHaveBeenCalled();
});

test('a connection that does not come back is given up, one that does is not', () => {
  vi.useFakeTimers();
  const { room, onOver } = watched();
  room.emit(RoomEvent.Reconnecting);
  vi.advanceTimersByTime(limits.reconnectMs - 1);
  room.emit(RoomEvent.Reconnected);
  vi.advanceTimersByTime(limits.reconnectMs);
  expect(onOver).not.toHaveBeenCalled();
  room.emit(RoomEvent.Reconnecting);
  vi.advanceTimersByTime(limits.reconnectMs);
  expect(onOver).toHaveBeenCalledExactlyOnceWith('lost');
  vi.useRealTimers();
});

test('who is not back when we have been back for long has left, whatever the server lists; who is back has not', async () => {
  vi.useFakeTimers();
  const { room, left, join } = watched(['caller', 'human']);
  join('human');
  room.remoteParticipants.delete('caller');
  room.remoteParticipants.set('human', { identity: 'human' });
  room.emit(RoomEvent.Reconnected);
  await vi.advanceTimersByTimeAsync(limits.reconnectMs - 1);
  expect(left).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(left).toEqual(['caller']);
  vi.useRealTimers();
});

test('who was asked for before the watch ended is not missed after it', async () => {
  let answer!: (there: string[]) => void;
  const { room, left, stop } = watched(new Promise((resolve) => (answer = resolve)));
  room.emit(RoomEvent.Reconnected);
  stop();
  answer([]);
  await new Promise(setImmediate);
  expect(left).toEqual([]);
});

describe('a connection that dies without a word', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is noticed when the server has not had us in the room twice', async () => {
    const { onOver } = watched(['caller']);
    await vi.advanceTimersByTimeAsync(limits.ownLookMs);
    expect(onOver).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(limits.ownLookMs);
    expect(onOver).toHaveBeenCalledExactlyOnceWith('lost');
    await vi.advanceTimersByTimeAsync(10 * limits.ownLookMs);
    expect(onOver).toHaveBeenCalledOnce();
  });

  test('is not one that the server has in the room, nor one that the server cannot tell of, nor one that is watched no more', async () => {
    const there = watched(['agent', 'caller']);
    const noAnswer = Promise.reject(new Error('no answer'));
    noAnswer.catch(() => undefined);
    const silent = watched(noAnswer);
    const over = watched(['caller']);
    over.stop();
    await vi.advanceTimersByTimeAsync(10 * limits.ownLookMs);
    for (const { onOver } of [there, silent, over]) expect(onOver).not.toHaveBeenCalled();
  });
});

test('while we are away again nobody is missed', async () => {
  vi.useFakeTimers();
  const { room, left } = watched(['caller']);
  room.emit(RoomEvent.Reconnected);
  room.remoteParticipants.clear();
  room.emit(RoomEvent.Reconnecting);
  await vi.advanceTimersByTimeAsync(2 * limits.reconnectMs);
  expect(left).toEqual([]);
  vi.useRealTimers();
});

test.each([
  [DisconnectReason.ROOM_DELETED, 'deleted'],
  [DisconnectReason.CLIENT_INITIATED, 'left'],
  [DisconnectReason.PARTICIPANT_REMOVED, 'lost'],
  [undefined, 'lost'],
])('a room can be over in several ways (%s)', (reason, how) => {
  const { room, onOver } = watched();
  room.emit(RoomEvent.Disconnected, reason);
  expect(onOver).toHaveBeenCalledExactlyOnceWith(how);
});
