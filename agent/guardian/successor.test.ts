/** When a job notices that another AI has its call. The room is an emitter with what is used of one. */
import { EventEmitter } from 'node:events';
import { type Room, RoomEvent } from '@livekit/rtc-node';
import { expect, test, vi } from 'vitest';
import { APPLICATION, type Mark } from './mark.ts';
import { watchMark } from './successor.ts';

const of = (callId?: string): Mark => ({
  app: APPLICATION,
  kind: 'call',
  ...(callId !== undefined && { callId }),
});

function watched(mark: () => Promise<Mark | undefined> = () => Promise.resolve(of('AJ_1'))) {
  const emitter = Object.assign(new EventEmitter(), { name: 'call-1' });
  const onTaken = vi.fn();
  const telephony = { readMark: mark };
  watchMark({ room: emitter as unknown as Room, telephony, callId: 'AJ_1', onTaken });
  return { emitter, onTaken };
}

test.each<[string, string, number]>([
  ['the mark of another', JSON.stringify(of('AJ_2')), 1],
  ['our own mark', JSON.stringify(of('AJ_1')), 0],
  [
    'our own mark, with somebody who wants to send another',
    JSON.stringify({ ...of('AJ_1'), rescuer: 'guardian-1' }),
    0,
  ],
  ['the mark of a call that nobody has answered', JSON.stringify(of()), 0],
  ['something that is no mark of ours', 'hello', 0],
])('%s is on the room', (_, metadata, times) => {
  const { emitter, onTaken } = watched();
  emitter.emit(RoomEvent.RoomMetadataChanged, metadata);
  expect(onTaken).toHaveBeenCalledTimes(times);
});

test('after a reconnect the server is asked, because a change may have been missed', async () => {
  const { emitter, onTaken } = watched(() => Promise.resolve(of('AJ_2')));
  expect(onTaken).not.toHaveBeenCalled();
  emitter.emit(RoomEvent.Reconnected);
  await vi.waitFor(() => expect(onTaken).toHaveBeenCalledOnce());
});

test('without an answer the call stays ours', async () => {
  const asked = vi.fn(() => Promise.reject(new Error('no answer')));
  const { emitter, onTaken } = watched(asked);
  emitter.emit(RoomEvent.Reconnected);
  await vi.waitFor(() => expect(asked).toHaveBeenCalled());
  expect(onTaken).not.toHaveBeenCalled();
});
