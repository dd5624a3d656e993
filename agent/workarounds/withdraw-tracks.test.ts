/** What becomes of the tracks of a participant of ours, whatever the room says to it. */
import type { LocalParticipant, Room } from '@livekit/rtc-node';
import { expect, test, vi } from 'vitest';
import { leaveRoom, withdrawTracks } from './withdraw-tracks.ts';

/** Two tracks, in a room that does not answer any more. */
function published() {
  const gone = () => Promise.reject(new Error('the room is gone'));
  const tracks = ['TR_1', 'TR_2'].map((sid) => ({ sid, track: { close: vi.fn(gone) } }));
  const trackPublications = new Map(tracks.map((one) => [one.sid, one]));
  const unpublishTrack = vi.fn((sid: string) => {
    trackPublications.delete(sid);
    return gone();
  });
  const localParticipant = {
    trackPublications,
    unpublishTrack,
  } as unknown as LocalParticipant;
  const room = { localParticipant, disconnect: vi.fn(gone) };
  return { tracks, unpublishTrack, localParticipant, room };
}

test('all tracks are withdrawn and ended; their sources are left to whoever has made them', async () => {
  const { tracks, unpublishTrack, localParticipant } = published();
  await withdrawTracks(localParticipant);
  expect(unpublishTrack.mock.calls).toEqual([['TR_1'], ['TR_2']]);
  for (const { track } of tracks) expect(track.close).toHaveBeenCalledExactlyOnceWith(false);
});

test('all tracks are ended when their room is left', async () => {
  const { tracks, room } = published();
  await leaveRoom(room as unknown as Room);
  expect(room.disconnect).toHaveBeenCalledOnce();
  for (const { track } of tracks) expect(track.close).toHaveBeenCalledExactlyOnceWith(false);
});
