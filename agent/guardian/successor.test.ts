/** When a job notices that another AI has its call, or is about to. The room is an emitter with what is used of one. */
import { EventEmitter } from 'node:events';
import { type Room, RoomEvent } from '@livekit/rtc-node';
import { expect, test, vi } from 'vitest';
import { APPLICATION, type Mark } from './mark.ts';
import { Successor } from './successor.ts';

const of = (callId?: string): Mark => ({
  app: APPLICATION,
  kind: 'call',
  ...(callId !== undefined && { callId }),
});
const claimed = (rescuer: string) => JSON.stringify({ ...of('AJ_1'), rescuer });

type Options = { onServer?: () => Promise<Mark | undefined>; metadata?: string; sentFor?: string };

function successor(options: Options = {}) {
  const { onServer = () => Promise.resolve(of('AJ_1')), metadata = '', sentFor } = options;
  const room = Object.assign(new EventEmitter(), { name: 'call-1', metadata });
  const trace = { stay: vi.fn(), concede: vi.fn() };
  const made = new Successor({
    room: room as unknown as Room,
    telephony: { readMark: onServer },
    trace,
    callId: 'AJ_1',
    of: sentFor,
  });
  const onTaken = vi.fn();
  made.watch(onTaken);
  return { made, room, trace, onTaken };
}

test.each<[string, string, number]>([
  ['the mark of another', JSON.stringify(of('AJ_2')), 1],
  ['our own mark', JSON.stringify(of('AJ_1')), 0],
  ['our own mark, with a guardian who wants to send another', claimed('guardian-1'), 0],
  ['the mark of a call that nobody has answered', JSON.stringify(of()), 0],
  ['something that is no mark of ours', 'hello', 0],
])('%s is on the room', (_, metadata, times) => {
  const { room, trace, onTaken } = successor();
  room.emit(RoomEvent.RoomMetadataChanged, metadata);
  expect(onTaken).toHaveBeenCalledTimes(times);
  expect(trace.concede).toHaveBeenCalledTimes(times);
});

test('a room that has forgotten whose it is is told again', () => {
  const { room, trace } = successor();
  room.emit(RoomEvent.RoomMetadataChanged, JSON.stringify(of()));
  expect(trace.stay).toHaveBeenCalledOnce();
});

test('a guardian who wants to send another, although we are here, sees that we are; what we have undertaken ourselves goes on', () => {
  const { room, trace } = successor();
  room.emit(RoomEvent.RoomMetadataChanged, claimed('AJ_1'));
  expect(trace.stay).not.toHaveBeenCalled();
  room.emit(RoomEvent.RoomMetadataChanged, claimed('guardian-1'));
  expect(trace.stay).toHaveBeenCalledOnce();
});

test('after a reconnect the server is asked, because a change may have been missed', async () => {
  const { room, onTaken } = successor({ onServer: () => Promise.resolve(of('AJ_2')) });
  expect(onTaken).not.toHaveBeenCalled();
  room.emit(RoomEvent.Reconnected);
  await vi.waitFor(() => expect(onTaken).toHaveBeenCalledOnce());
});

test('without an answer the call stays ours', async () => {
  const onServer = vi.fn(() => Promise.reject(new Error('no answer')));
  const { made, room, onTaken } = successor({ onServer });
  room.emit(RoomEvent.Reconnected);
  await vi.waitFor(() => expect(onServer).toHaveBeenCalled());
  expect(onTaken).not.toHaveBeenCalled();
  expect(await made.isThere()).toBe(false);
});

test.each<[string, Mark | undefined, boolean]>([
  ['another has marked the room', of('AJ_2'), true],
  ['the room is ours', of('AJ_1'), false],
  ['the room is gone', undefined, false],
])('asked whether there is another: %s', async (_, mark, isThere) => {
  const { made } = successor({ onServer: () => Promise.resolve(mark) });
  expect(await made.isThere()).toBe(isThere);
});

test.each<[string, Options, boolean]>([
  ['nobody has answered', { metadata: JSON.stringify(of()) }, false],
  ['another has', { metadata: JSON.stringify(of('AJ_0')) }, true],
  [
    'the one has in whose stead we were sent',
    { metadata: JSON.stringify(of('AJ_0')), sentFor: 'AJ_0' },
    false,
  ],
  ['one who was sent like us has', { metadata: JSON.stringify(of('AJ_2')), sentFor: 'AJ_0' }, true],
])('the room that we join says that %s', (_, options, hasCall) => {
  expect(successor(options).made.hasCall).toBe(hasCall);
});
