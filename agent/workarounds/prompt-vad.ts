/**
 * Voice detection that is never more than a second late. LiveKit's (1.8.1) hears everything in turn, however late it is: a job that
 * gets too little of a processor falls behind without end, and takes a pause for one that was over half a minute ago. This stands
 * around a plugin: sound for which there is no time is dropped, counted, and logged once for each time that the job is late.
 * models.ts makes it.
 */
import { VAD, VADEventType, type VADStream, log } from '@livekit/agents';
import type { AudioFrame } from '@livekit/rtc-node';
import { type ReadableStream, TransformStream } from 'node:stream/web';
import { limits } from '../limits.ts';

export class PromptVad extends VAD {
  readonly label = 'prompt.VAD';
  readonly #plugin: VAD;
  readonly #droppedMs: (ms: number) => void;

  /** @param droppedMs is told of each frame that is dropped, in ms of sound. */
  constructor(plugin: VAD, droppedMs: (ms: number) => void = () => undefined) {
    super(plugin.capabilities);
    this.#plugin = plugin;
    this.#droppedMs = droppedMs;
  }

  override get minSilenceDuration(): number | null {
    return this.#plugin.minSilenceDuration;
  }

  /** The plugin's own stream, with a gate before it. */
  stream(): VADStream {
    const stream = this.#plugin.stream();
    const gate = new Gate(this.#droppedMs);
    const updateInputStream = stream.updateInputStream.bind(stream);
    const next = stream.next.bind(stream);
    const flush = stream.flush.bind(stream);
    stream.updateInputStream = (audio) => updateInputStream(gate.before(audio));
    stream.next = async () => {
      const result = await next();
      // How much the detector has heard, in ms of sound; it says so for each window of 32 ms.
      if (!result.done && result.value.type === VADEventType.INFERENCE_DONE)
        gate.heardMs = result.value.timestamp;
      return result;
    };
    stream.flush = () => {
      flush();
      // The detector begins to count anew.
      gate.startAnew();
    };
    return stream;
  }

  override close(): Promise<void> {
    return this.#plugin.close();
  }
}

/** Lets sound through while what waits behind it is less than `limits.lateMs` long. */
class Gate {
  readonly #droppedMs: (ms: number) => void;
  #passedMs = 0;
  #isDropping = false;
  #droppedInARowMs = 0;
  heardMs = 0;

  constructor(droppedMs: (ms: number) => void) {
    this.#droppedMs = droppedMs;
  }

  startAnew(): void {
    this.#passedMs = 0;
    this.heardMs = 0;
  }

  before(audio: ReadableStream<AudioFrame>): ReadableStream<AudioFrame> {
    const gate = new TransformStream<AudioFrame, AudioFrame>({
      transform: (frame, controller) => {
        const ms = (1_000 * frame.samplesPerChannel) / frame.sampleRate;
        if (this.#mayPass(ms)) controller.enqueue(frame);
      },
    });
    return audio.pipeThrough(gate);
  }

  #mayPass(ms: number): boolean {
    const waitingMs = this.#passedMs - this.heardMs;
    // Until half of it is heard, so that a job that is a little late does not drop every other frame.
    const isDropping = waitingMs > (this.#isDropping ? limits.lateMs / 2 : limits.lateMs);
    if (isDropping) {
      this.#droppedInARowMs += ms;
      this.#droppedMs(ms);
    } else {
      if (this.#isDropping)
        log().warn(
          { droppedMs: this.#droppedInARowMs },
          'this job is short of processor: it was late to hear, and left out what it had no time for',
        );
      this.#droppedInARowMs = 0;
      this.#passedMs += ms;
    }
    this.#isDropping = isDropping;
    return !isDropping;
  }
}
