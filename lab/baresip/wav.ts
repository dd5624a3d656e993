/**
 * The audio files that baresip plays and writes: 8 kHz, one channel, 16 bits, in a WAV file.
 *
 * Used by baresip-phone.ts. `WavFollower` reads a file while baresip is still writing it.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { FRAME_SAMPLES, RATE_HZ } from '../phone/audio-sender.ts';

const HEADER_BYTES = 44;
const SAMPLE_BYTES = 2;
const FRAME_BYTES = FRAME_SAMPLES * SAMPLE_BYTES;
/** baresip writes every 20 ms; a frame is seen at most this late. */
const POLL_MS = 10;

export function formatWav(samples: Int16Array): Buffer {
  const dataBytes = samples.length * SAMPLE_BYTES;
  const wav = Buffer.alloc(HEADER_BYTES + dataBytes);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  // PCM, one channel.
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE_HZ, 24);
  wav.writeUInt32LE(RATE_HZ * SAMPLE_BYTES, 28);
  wav.writeUInt16LE(SAMPLE_BYTES, 32);
  wav.writeUInt16LE(8 * SAMPLE_BYTES, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(dataBytes, 40);
  // Node runs on little-endian machines only, and WAV files are little-endian.
  wav.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), HEADER_BYTES);
  return wav;
}

/** Hands out each frame of 20 ms of a growing file within 10 ms of its being written. */
export class WavFollower {
  readonly #file: number;
  readonly #onFrame: (frame: Int16Array) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #bytes = Buffer.alloc(FRAME_BYTES);
  #position = HEADER_BYTES;
  #closed = false;

  /** Throws when there is no such file. */
  constructor(path: string, onFrame: (frame: Int16Array) => void) {
    this.#file = openSync(path, 'r');
    this.#onFrame = onFrame;
    this.#timer = setInterval(() => this.#read(), POLL_MS);
  }

  /** Hands out what is there, and stops. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#read();
    closeSync(this.#file);
  }

  #read(): void {
    while (readSync(this.#file, this.#bytes, 0, FRAME_BYTES, this.#position) === FRAME_BYTES) {
      this.#position += FRAME_BYTES;
      const frame = Int16Array.from({ length: FRAME_SAMPLES }, (_, i) =>
        this.#bytes.readInt16LE(SAMPLE_BYTES * i),
      );
      this.#onFrame(frame);
    }
  }
}
