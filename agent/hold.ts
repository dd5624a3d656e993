/**
 * Hold audio: a quiet tune, made here and fed frame by frame. One object for each hold, because a source that was
 * closed cannot be used again. No file is decoded, so a hold that ends within its first second is safe to stop.
 */
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  type Room,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';

const sampleRateHz = 24_000;
/** Long, because each costs the same work; what is in the queue is played on while the process has no time. */
const frameSamples = sampleRateHz / 10;
const queueMs = 1_000;
/** Two bars of broken chords (Hz); each note swells and fades over the next, so that there is never silence. */
const notesHz = [262, 330, 392, 523, 392, 330, 220, 262, 330, 440, 330, 262];
const noteSamples = 0.4 * sampleRateHz;
const peak = 0.08 * 32_767;

export class HoldAudio {
  readonly #room: Room;
  readonly #source = new AudioSource(sampleRateHz, 1, queueMs);
  readonly #track: LocalAudioTrack;
  readonly #published: Promise<string | undefined>;
  #started = false;
  #silenced = false;
  #closing: Promise<void> | undefined;

  /** Publishes the track, which is silent until `play`: a server in trouble may not publish one when it is needed. */
  constructor(room: Room) {
    this.#room = room;
    this.#track = LocalAudioTrack.createAudioTrack('hold', this.#source);
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_UNKNOWN });
    // Without a sid there is no track: the room is gone already, or the server did not publish it.
    const published = room.localParticipant?.publishTrack(this.#track, options);
    this.#published = Promise.resolve(published)
      .catch(() => undefined)
      .then((publication) => {
        if (!publication?.sid) this.#silenced = true;
        return publication?.sid;
      });
  }

  /** False once it was silenced, or when the server did not publish it: the next hold needs another object. */
  get isUsable(): boolean {
    return !this.#silenced;
  }

  /** Plays until `silence` or `close`. Does nothing when it plays already. */
  play(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#play();
  }

  /** Stops the tune at once: what was not sent yet will not be. The silent track stays. */
  silence(): void {
    if (this.#silenced) return;
    this.#silenced = true;
    this.#source.clearQueue();
  }

  /** Stops the tune and withdraws the track, once. Never rejects. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.silence();
    const sid = await this.#published;
    // The room may be gone already, and the track with it.
    if (sid) await this.#room.localParticipant?.unpublishTrack(sid).catch(() => undefined);
    await this.#source.close().catch(() => undefined);
    // Without this a thread of it stays (rtc-node 0.13.35).
    await this.#track.close(false).catch(() => undefined);
  }

  async #play(): Promise<void> {
    const loop = tune();
    try {
      for (let at = 0; !this.#silenced; at = (at + frameSamples) % loop.length) {
        const samples = loop.slice(at, at + frameSamples);
        // Capturing waits while the queue is full, which is what keeps the tune in time.
        await this.#source.captureFrame(new AudioFrame(samples, sampleRateHz, 1, frameSamples));
      }
      // The frame that was on its way into the queue when that was cleared may be in it now.
      if (!this.#closing) this.#source.clearQueue();
    } catch {
      this.#silenced = true;
    }
  }
}

function tune(): Int16Array {
  const loop = new Int16Array(notesHz.length * noteSamples);
  notesHz.forEach((hz, note) => {
    for (let i = 0; i < 2 * noteSamples; i++) {
      const level = Math.sin((Math.PI * i) / (2 * noteSamples)) ** 2;
      const at = (note * noteSamples + i) % loop.length;
      loop[at]! += peak * level * Math.sin((2 * Math.PI * hz * i) / sampleRateHz);
    }
  });
  return loop;
}
