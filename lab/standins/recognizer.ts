/**
 * Decides from what each 20 ms frame holds when a sentence begins, how far it has come, and when it is over.
 *
 * Used by deepgram.ts, one per audio stream. Pure: time is counted in frames that arrived. That no more audio arrives
 * is for the caller to notice, who then calls `breakOff()`. Left out: two sentences at once, which frames.ts hears as none.
 */
import { FRAME_MS } from '../audio/frames.ts';

/** A code counts as spoken when NEEDED_FRAMES of the last WINDOW_FRAMES carry it. */
const WINDOW_FRAMES = 6;
const NEEDED_FRAMES = 5;

/** A stretch of one code. Times are milliseconds of audio since the start of the stream. */
export type Utterance = {
  code: number;
  startMs: number;
  /** The end of the last frame that carried the code. */
  endMs: number;
  /** How much of the stretch carried the code; less than its length when frames were lost. */
  codedMs: number;
};

export type RecognizerEvent = { type: 'began' | 'continued' | 'ended'; utterance: Utterance };

type Sighting = { code: number | undefined; index: number };

/** Follows the codes of one audio stream. */
export class Recognizer {
  readonly #goneFrames: number;
  #recent: Sighting[] = [];
  #frames = 0;
  #utterance: Utterance | undefined;

  /** @param goneMs an utterance has ended when its code was absent for this long, rounded up to frames. */
  constructor(goneMs: number) {
    this.#goneFrames = Math.max(1, Math.ceil(goneMs / FRAME_MS));
  }

  /** The utterance that is being heard now. */
  get utterance(): Utterance | undefined {
    return this.#utterance;
  }

  /** Takes the next frame; returns what it changed. An utterance may end and the next begin in one frame. */
  push(code: number | undefined): RecognizerEvent[] {
    const index = this.#frames;
    this.#frames += 1;
    this.#recent = [...this.#recent, { code, index }].slice(-WINDOW_FRAMES);
    const current = this.#utterance;
    if (current && code === current.code) {
      current.endMs = this.#frames * FRAME_MS;
      current.codedMs += FRAME_MS;
      return [{ type: 'continued', utterance: current }];
    }
    const events: RecognizerEvent[] = [];
    const next = this.#newUtterance();
    const goneMs = this.#goneFrames * FRAME_MS;
    if (current && (next || this.#frames * FRAME_MS - current.endMs >= goneMs)) {
      events.push(...this.breakOff());
    }
    if (next) {
      this.#utterance = next;
      events.push({ type: 'began', utterance: next });
    }
    return events;
  }

  /** Ends the current utterance, if there is one, with what has been heard of it. */
  breakOff(): RecognizerEvent[] {
    const utterance = this.#utterance;
    if (!utterance) return [];
    this.#utterance = undefined;
    // Its frames must not count twice; those of the next sentence, already begun, must count.
    this.#recent = this.#recent.filter((sighting) => sighting.code !== utterance.code);
    return [{ type: 'ended', utterance }];
  }

  /** The utterance that the last frames amount to, its start dated back to the first of them. */
  #newUtterance(): Utterance | undefined {
    const code = this.#recent.at(-1)?.code;
    if (code === undefined || code === this.#utterance?.code) return undefined;
    const sightings = this.#recent.filter((sighting) => sighting.code === code);
    if (sightings.length < NEEDED_FRAMES) return undefined;
    return {
      code,
      startMs: sightings[0]!.index * FRAME_MS,
      endMs: this.#frames * FRAME_MS,
      codedMs: sightings.length * FRAME_MS,
    };
  }
}
