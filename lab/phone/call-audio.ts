/**
 * The audio of one call: its RTP socket, the sender that speaks into it and what arrives from it.
 *
 * Owned by PhoneCall. It leaves out RTCP and jitter buffering: what arrives is measured as and when it arrives.
 */
import { createSocket, type Socket } from 'node:dgram';
import { nowMs } from '../audio/clock.ts';
import type { CodeBook } from '../audio/codes.ts';
import { FrameAnalyzer } from '../audio/frames.ts';
import { decodeMuLaw } from '../audio/g711.ts';
import type { Voice } from '../audio/speech.ts';
import { AudioSender, FRAME_SAMPLES, RATE_HZ } from './audio-sender.ts';
import { AwaitedList } from './awaited-list.ts';
import { HeardFrames } from './heard.ts';
import { parseKey, parseRtp, RtpCounter } from './rtp.ts';
import { type Media, PCMU_PAYLOAD_TYPE } from './sdp.ts';
import type { Ticker } from './ticker.ts';

const analyzer = new FrameAnalyzer(RATE_HZ);

export type HeardKey = { key: string; atMs: number };

export type CallAudioOptions = {
  host: string;
  pilot: number;
  codes: CodeBook;
  ticker: Ticker;
  /** Whether to keep what arrives, for `recording()`. */
  record: boolean;
  voice?: Voice | undefined;
};

export class CallAudio {
  readonly sender: AudioSender;
  readonly heard: HeardFrames;
  readonly #socket: Socket;
  readonly #options: CallAudioOptions;
  readonly #counter = new RtpCounter();
  readonly #keys = new AwaitedList<HeardKey>();
  readonly #recorded: Int16Array[] = [];
  #remote: Media | undefined;
  #stopTicks: (() => void) | undefined;
  #lastKeyTimestamp = -1;
  #lastAudioAtMs: number | undefined;
  #closed = false;
  #released = false;

  private constructor(socket: Socket, options: CallAudioOptions) {
    this.#socket = socket;
    this.#options = options;
    this.heard = new HeardFrames(options.codes);
    this.sender = new AudioSender({
      ...options,
      send: (packet) => socket.send(packet, this.#remote!.port, this.#remote!.host),
    });
    socket.on('message', (datagram) => this.#received(datagram));
    // A port that is already closed answers with ICMP; who is gone is the dialog's business.
    socket.on('error', () => {});
  }

  /** Binds an ephemeral port of `host`. */
  static async open(options: CallAudioOptions): Promise<CallAudio> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, options.host, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    return new CallAudio(socket, options);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get keysHeard(): readonly HeardKey[] {
    return this.#keys.items;
  }

  /** When the last audio packet arrived. */
  get lastAudioAtMs(): number | undefined {
    return this.#lastAudioAtMs;
  }

  get packets(): { sent: number; received: number; lost: number } {
    return {
      sent: this.sender.count,
      received: this.#counter.received,
      lost: this.#counter.lost,
    };
  }

  /**
   * Sends to the other side from the next tick on. Called again whenever either side holds or stops holding: while the
   * other side takes nothing, nothing is sent, and while we hold it, silence is.
   */
  connect(remote: Media, holding: boolean): void {
    if (this.#closed) return;
    this.#remote = remote;
    this.sender.keysPayloadType = remote.keysPayloadType;
    const isHeld = remote.direction === 'sendonly' || remote.direction === 'inactive';
    this.sender.mute(isHeld ? 'nothing' : holding ? 'silence' : 'no');
    this.#stopTicks ??= this.#options.ticker.every20ms(() => this.sender.tick());
  }

  /** Resolves at the first time this key is heard, past or to come. Otherwise rejects, telling which were. */
  async hearsKey(key: string, limitMs: number): Promise<{ atMs: number }> {
    const otherwise = (why: string): Error => {
      const heard = this.keysHeard.map((other) => other.key).join(' ') || 'none';
      return new Error(`Did not hear the key ${key} ${why}. Keys heard: ${heard}.`);
    };
    const found = await this.#keys.first((heard) => heard.key === key, limitMs, otherwise);
    return { atMs: found.item.atMs };
  }

  /** Everything received, at 8 kHz, in order of arrival; empty unless the exchange records. */
  recording(): Int16Array {
    const samples = new Int16Array(this.#recorded.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#recorded) {
      samples.set(part, at);
      at += part.length;
    }
    return samples;
  }

  /** Neither sends nor hears any more, but keeps the port, so that nobody is told that it is gone. */
  goDeaf(): void {
    this.#closed = true;
    this.#stopTicks?.();
    this.sender.close();
    this.heard.close();
    this.#keys.close();
  }

  close(): void {
    if (!this.#closed) this.goDeaf();
    if (!this.#released) this.#socket.close();
    this.#released = true;
  }

  #received(datagram: Buffer): void {
    const atMs = nowMs();
    const packet = parseRtp(datagram);
    if (!packet || this.#closed) return;
    this.#counter.count(packet);
    if (packet.payloadType === PCMU_PAYLOAD_TYPE) this.#receivedAudio(packet.payload, atMs);
    else this.#receivedKey(packet.payload, packet.timestamp, atMs);
  }

  #receivedAudio(payload: Uint8Array, atMs: number): void {
    this.#lastAudioAtMs = atMs;
    const samples = decodeMuLaw(payload);
    if (this.#options.record) this.#recorded.push(samples);
    for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES) {
      this.heard.add(analyzer.analyze(samples.subarray(at, at + FRAME_SAMPLES)), atMs);
    }
  }

  /** One key is many packets with one timestamp; it counts at the first of them. */
  #receivedKey(payload: Uint8Array, timestamp: number, atMs: number): void {
    const event = parseKey(payload);
    if (!event || timestamp === this.#lastKeyTimestamp) return;
    this.#lastKeyTimestamp = timestamp;
    this.#keys.add({ key: event.key, atMs });
  }
}
