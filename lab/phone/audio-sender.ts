/**
 * What a phone sends: every 20 ms one packet, with its pilot alone, with speech on top, or with a pressed key.
 *
 * Owned by CallAudio, which gives it ticks and a way to send bytes. It leaves out comfort noise and packets of other lengths.
 */
import { nowMs } from '../audio/clock.ts';
import type { CodeBook } from '../audio/codes.ts';
import { FRAME_MS } from '../audio/frames.ts';
import { encodeMuLaw } from '../audio/g711.ts';
import { addTones } from '../audio/speaking.ts';
import { COUGH, synthesize, type Voice } from '../audio/speech.ts';
import { pilotTones } from '../audio/tones.ts';
import { formatKey, formatRtp } from './rtp.ts';
import { PCMU_PAYLOAD_TYPE } from './sdp.ts';

export const RATE_HZ = 8000;
export const FRAME_SAMPLES = (RATE_HZ * FRAME_MS) / 1000;
/** Low enough that voice detectors take it for silence, high enough to survive the codecs on the way. */
export const PILOT_DB = -40;
const KEY_MS = 100;
const KEY_END_PACKETS = 3;

const SILENCE = encodeMuLaw(new Int16Array(FRAME_SAMPLES));

/** When something was sent. `complete` is false when the call ended, or was held, before the end of it. */
export type Sent = { startedAtMs: number; endedAtMs: number; complete: boolean };

type Outgoing = {
  payload: Uint8Array;
  payloadType: number;
  marker: boolean;
  keepTimestamp: boolean;
};
type Sending = {
  frames: number;
  packet: (frame: number) => Outgoing;
  startedAtMs?: number;
  done: (sent: Sent) => void;
};

export type AudioSenderOptions = {
  pilot: number;
  codes: CodeBook;
  voice?: Voice | undefined;
  send: (packet: Buffer) => void;
};

export class AudioSender {
  readonly #options: AudioSenderOptions;
  readonly #queue: Sending[] = [];
  readonly #pilotFrame: Int16Array;
  readonly #pilotBytes: Uint8Array;
  readonly #ssrc = Math.floor(Math.random() * 2 ** 32);
  #framesOfFirst = 0;
  #sequence = 0;
  #timestamp = 0;
  #sentTimestamp = 0;
  #keysPayloadType: number | undefined;
  #mute: 'no' | 'silence' | 'nothing' = 'no';
  #closed = false;

  constructor(options: AudioSenderOptions) {
    this.#options = options;
    // Pilots are multiples of 100 Hz, so one frame can be repeated for ever without a click.
    const pilot = new Float32Array(FRAME_SAMPLES);
    addTones(pilot, pilotTones(options.pilot), PILOT_DB, RATE_HZ);
    this.#pilotFrame = Int16Array.from(pilot, (value) => Math.round(32767 * value));
    this.#pilotBytes = encodeMuLaw(this.#pilotFrame);
  }

  /** How many packets were sent. */
  get count(): number {
    return this.#sequence;
  }

  /**
   * What to send besides what is said: the pilot, packets of silence (we hold the other side), or nothing at all (it
   * holds us). Whatever was being said is given up.
   */
  mute(mute: 'no' | 'silence' | 'nothing'): void {
    this.#mute = mute;
    if (mute !== 'no') this.#giveUp();
  }

  /** The payload type of keys, as negotiated; undefined when the other side takes none. */
  set keysPayloadType(payloadType: number | undefined) {
    this.#keysPayloadType = payloadType;
  }

  /** Speaks a sentence in real time, after whatever is being sent. */
  say(sentence: string): Promise<Sent> {
    return this.#utter({ sentence, code: this.#options.codes.codeOf(sentence) });
  }

  /** A second of a voice without words: a voice detector takes it for speech, and nobody understands anything. */
  cough(): Promise<Sent> {
    return this.#utter({ sentence: COUGH });
  }

  async #utter(words: { sentence: string; code?: number }): Promise<Sent> {
    const { voice } = this.#options;
    const speech = await synthesize({ ...words, sampleRateHz: RATE_HZ, voice });
    return this.#enqueue(Math.ceil(speech.length / FRAME_SAMPLES), (frame) => {
      const mixed = this.#pilotFrame.slice();
      const start = frame * FRAME_SAMPLES;
      speech.subarray(start, start + FRAME_SAMPLES).forEach((value, i) => {
        mixed[i] = Math.max(-32768, Math.min(32767, mixed[i]! + value));
      });
      return audioPacket(encodeMuLaw(mixed));
    });
  }

  /** Presses a key for 100 ms: telephone events, the last repeated three times as RFC 4733 asks. */
  async pressKey(key: string): Promise<Sent> {
    const payloadType = this.#keysPayloadType;
    if (payloadType === undefined) throw new Error('The other side takes no telephone events.');
    formatKey(key, false, 0);
    const downFrames = KEY_MS / FRAME_MS;
    return this.#enqueue(downFrames + KEY_END_PACKETS - 1, (frame) => {
      const samples = Math.min(frame + 1, downFrames) * FRAME_SAMPLES;
      const payload = formatKey(key, frame + 1 >= downFrames, samples);
      return { payload, payloadType, marker: frame === 0, keepTimestamp: frame > 0 };
    });
  }

  /** Sends the packet that is due. To be called every 20 ms. */
  tick(): void {
    this.#timestamp += FRAME_SAMPLES;
    if (this.#mute === 'nothing') return;
    const sending = this.#queue[0];
    if (!sending) {
      this.#send(audioPacket(this.#mute === 'silence' ? SILENCE : this.#pilotBytes));
      return;
    }
    const startedAtMs = (sending.startedAtMs ??= nowMs());
    this.#send(sending.packet(this.#framesOfFirst));
    this.#framesOfFirst += 1;
    if (this.#framesOfFirst < sending.frames) return;
    this.#queue.shift();
    this.#framesOfFirst = 0;
    sending.done({ startedAtMs, endedAtMs: nowMs() + FRAME_MS, complete: true });
  }

  /** Gives up whatever was being said. Ticks must have stopped. */
  close(): void {
    this.#closed = true;
    this.#giveUp();
  }

  #send({ payload, payloadType, marker, keepTimestamp }: Outgoing): void {
    this.#sequence += 1;
    if (!keepTimestamp) this.#sentTimestamp = this.#timestamp;
    this.#options.send(
      formatRtp({
        payloadType,
        marker,
        sequence: this.#sequence,
        timestamp: this.#sentTimestamp,
        ssrc: this.#ssrc,
        payload,
      }),
    );
  }

  #enqueue(frames: number, packet: Sending['packet']): Promise<Sent> {
    return new Promise((done) => {
      const sending = { frames, packet, done };
      if (this.#closed || this.#mute !== 'no') giveUp(sending);
      else this.#queue.push(sending);
    });
  }

  #giveUp(): void {
    for (const sending of this.#queue.splice(0)) giveUp(sending);
    this.#framesOfFirst = 0;
  }
}

function audioPacket(payload: Uint8Array): Outgoing {
  return { payload, payloadType: PCMU_PAYLOAD_TYPE, marker: false, keepTimestamp: false };
}

function giveUp(sending: Sending): void {
  const endedAtMs = nowMs();
  sending.done({ startedAtMs: sending.startedAtMs ?? endedAtMs, endedAtMs, complete: false });
}
