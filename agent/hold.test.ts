/** The tune on hold: when it plays, and that nothing of it stays. The source and the track are stand-ins. */
import { type AudioSource, LocalAudioTrack, type Room } from '@livekit/rtc-node';
import { type MockInstance, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HoldAudio } from './hold.ts';

const trackClosed = vi.fn(() => Promise.resolve());
let captured: number;
let source: Record<'captureFrame' | 'clearQueue' | 'close', MockInstance>;

beforeEach(() => {
  vi.useFakeTimers();
  captured = 0;
  trackClosed.mockClear();
  vi.spyOn(LocalAudioTrack, 'createAudioTrack').mockImplementation((_, given) => {
    source = spiesOn(given);
    return { close: trackClosed } as unknown as LocalAudioTrack;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function spiesOn(given: AudioSource) {
  const inTime = async () => {
    captured += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  return {
    captureFrame: vi.spyOn(given, 'captureFrame').mockImplementation(inTime),
    clearQueue: vi.spyOn(given, 'clearQueue').mockReturnValue(undefined),
    close: vi.spyOn(given, 'close').mockResolvedValue(undefined),
  };
}

function prepared(publishes = () => Promise.resolve({ sid: 'TR_hold' })) {
  const localParticipant = {
    publishTrack: vi.fn(publishes),
    unpublishTrack: vi.fn(() => Promise.reject(new Error('the room is gone'))),
  };
  const audio = new HoldAudio({ localParticipant } as unknown as Room);
  return { audio, ...localParticipant };
}

function hold() {
  const made = prepared();
  made.audio.play();
  return made;
}

test('it is published before it plays, and plays once', async () => {
  const { audio, publishTrack } = prepared();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(publishTrack).toHaveBeenCalledOnce();
  expect(captured).toBe(0);
  audio.play();
  audio.play();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(captured).toBeLessThanOrEqual(11);
  expect(captured).toBeGreaterThanOrEqual(10);
});

test.each<[string, (audio: HoldAudio) => unknown]>([
  ['that was silenced', (audio) => audio.silence()],
  ['that was closed', (audio) => audio.close()],
])('one %s is of no use any more', async (_, ends) => {
  const { audio } = prepared();
  await vi.advanceTimersByTimeAsync(0);
  expect(audio.isUsable).toBe(true);
  await ends(audio);
  expect(audio.isUsable).toBe(false);
});

test('one that the server did not publish is of no use', async () => {
  const { audio } = prepared(() => Promise.reject(new Error('the request timed out')));
  await vi.advanceTimersByTimeAsync(0);
  expect(audio.isUsable).toBe(false);
});

test('it plays in time until it is silenced, and then not one frame more', async () => {
  const { audio } = hold();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(captured).toBeGreaterThanOrEqual(10);
  audio.silence();
  expect(source.clearQueue).toHaveBeenCalled();
  const before = captured;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(captured).toBe(before);
});

test('the frame that was on its way when the queue was cleared is taken out of it', async () => {
  const { audio } = hold();
  await vi.advanceTimersByTimeAsync(1_000);
  const queued: string[] = [];
  source.clearQueue.mockImplementation(() => void queued.splice(0));
  audio.silence();
  queued.push('the last frame');
  await vi.advanceTimersByTimeAsync(100);
  expect(queued).toEqual([]);
});

test('closed, it is silent, withdrawn and let go, also when the room is gone', async () => {
  const { audio, unpublishTrack } = hold();
  await vi.advanceTimersByTimeAsync(100);
  await audio.close();
  const before = captured;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(captured).toBe(before);
  expect(unpublishTrack).toHaveBeenCalledExactlyOnceWith('TR_hold');
  expect(source.close).toHaveBeenCalledOnce();
  expect(trackClosed).toHaveBeenCalledExactlyOnceWith(false);
});

test('closed again, as it is when another hold begins, it is left alone: a closed source takes no orders', async () => {
  const { audio, unpublishTrack } = hold();
  await audio.close();
  source.clearQueue.mockImplementation(() => {
    throw new Error('handle not found');
  });
  audio.silence();
  await audio.close();
  expect(unpublishTrack).toHaveBeenCalledOnce();
  expect(source.close).toHaveBeenCalledOnce();
});

test('a source that fails ends the tune', async () => {
  const { audio } = hold();
  await vi.advanceTimersByTimeAsync(100);
  source.captureFrame.mockRejectedValue(new Error('InvalidState'));
  await vi.advanceTimersByTimeAsync(100);
  const calls = source.captureFrame.mock.calls.length;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(source.captureFrame).toHaveBeenCalledTimes(calls);
  await audio.close();
});
