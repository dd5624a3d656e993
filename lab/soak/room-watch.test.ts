/** Whose a room was is known when it is gone. */
import { expect, test } from 'vitest';
import type { Lab } from '../network/lab.ts';
import { RoomWatch } from './room-watch.ts';

test('a room is known by the calls that it was for, and the time when it was last there', async () => {
  const of = (callId: string) => [{ name: 'room', metadata: JSON.stringify({ callId }) }];
  const lists = [of('AJ_1'), of('AJ_2'), [{ name: 'new', metadata: '' }]];
  const listRooms = () => Promise.resolve(lists.shift() ?? []);
  const watch = new RoomWatch({ rooms: { listRooms } } as unknown as Lab);
  await expect.poll(() => lists.length).toBe(0);
  await watch.stop();
  expect(watch.callsIn('room')).toEqual(new Set(['AJ_1', 'AJ_2']));
  expect(watch.callsIn('new')).toEqual(new Set());
  expect(watch.goneAtMs(new Set(['AJ_1']))).toBeLessThan(watch.goneAtMs(new Set(['AJ_2']))!);
  expect(watch.goneAtMs(new Set(['AJ_9']))).toBeUndefined();
});
