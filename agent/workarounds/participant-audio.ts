/**
 * What a session hears of one participant: one stream of 16 kHz in frames of 50 ms, and none while the session does not listen.
 * The SDK's own input (1.8.1, voice/room_io/_input) hands on frames of 10 ms, because it does not pass `frameSizeMs` on, and
 * keeps a stream open that nobody listens to; each frame costs as much work as its sound is worth (pipecat #3218).
 * models.ts gives one to each session.
 */
import { voice } from '@livekit/agents';
import {
  type AudioFrame,
  AudioStream,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  type Room,
  RoomEvent,
  TrackSource,
} from '@livekit/rtc-node';

/** What voice detection and speech-to-text both work with, so nothing is resampled on the way. */
const format = { sampleRate: 16_000, numChannels: 1, frameSizeMs: 50 } as const;

export class ParticipantAudio extends voice.AudioInput {
  readonly #room: Room;
  readonly #identity: string;
  #isListening = true;
  #isClosed = false;
  #track: RemoteTrack | undefined;
  /** Ends the stream that is open. */
  #stop: (() => void) | undefined;

  constructor(room: Room, identity: string) {
    super();
    this.#room = room;
    this.#identity = identity;
    room.on(RoomEvent.TrackSubscribed, this.#onSubscribed);
    room.on(RoomEvent.TrackUnsubscribed, this.#onUnsubscribed);
    const publications = room.remoteParticipants.get(identity)?.trackPublications.values() ?? [];
    for (const { track, source } of publications) if (track) this.#take(track, source);
  }

  /** The SDK says here whether the session listens. */
  override setAttached(isListening: boolean): void {
    this.#isListening = isListening;
    this.#openOrClose();
  }

  override async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#room.off(RoomEvent.TrackSubscribed, this.#onSubscribed);
    this.#room.off(RoomEvent.TrackUnsubscribed, this.#onUnsubscribed);
    this.#openOrClose();
    await super.close();
  }

  readonly #onSubscribed = (
    track: RemoteTrack,
    { source }: RemoteTrackPublication,
    { identity }: RemoteParticipant,
  ): void => {
    if (identity === this.#identity) this.#take(track, source);
  };

  readonly #onUnsubscribed = (track: RemoteTrack): void => {
    if (track !== this.#track) return;
    this.#track = undefined;
    this.#openOrClose();
  };

  #take(track: RemoteTrack, source: TrackSource | undefined): void {
    if (source !== TrackSource.SOURCE_MICROPHONE || track === this.#track) return;
    this.#stop?.();
    this.#track = track;
    this.#openOrClose();
  }

  #openOrClose(): void {
    const isWanted = this.#isListening && !this.#isClosed && this.#track !== undefined;
    if (!isWanted) this.#stop?.();
    else this.#stop ??= this.#open(this.#track!);
  }

  #open(track: RemoteTrack): () => void {
    const stream = new AudioStream(track, format) as ReadableStream<AudioFrame>;
    const input = this.multiStream.addInputStream(stream as never);
    return () => {
      this.#stop = undefined;
      // In this order, because a stream that somebody reads cannot be cancelled.
      void this.multiStream.removeInputStream(input).then(() => stream.cancel());
    };
  }
}
