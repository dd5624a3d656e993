/**
 * What a phone heard, frame by frame, and waiting for something to be heard.
 *
 * Filled by call-audio.ts, read by scenarios and checks through PhoneCall. It does not judge: checks do.
 */
import { type CodeBook, normaliseSentence } from '../audio/codes.ts';
import type { Heard } from '../audio/frames.ts';
import { AwaitedList } from './awaited-list.ts';

/** One received frame of 20 ms. `sentence` is what the code meant when it arrived: codes are used again. */
export type HeardFrame = { atMs: number; sentence?: string } & Heard;

/**
 * All of what is given must be true of one frame. A pilot and music must be in the next frame too, because a single one
 * of either may be the edge of speech.
 */
export type Expectation = {
  pilot?: number;
  sentence?: string;
  music?: boolean;
  /** Frames before this moment do not count; by default the whole call does. */
  sinceMs?: number;
};

export class HeardFrames {
  readonly #frames = new AwaitedList<HeardFrame>();
  readonly #codes: CodeBook;

  constructor(codes: CodeBook) {
    this.#codes = codes;
  }

  get frames(): readonly HeardFrame[] {
    return this.#frames.items;
  }

  add(heard: Heard, atMs: number): void {
    const sentence = heard.code === undefined ? undefined : this.#codes.sentenceOf(heard.code);
    this.#frames.add({ atMs, ...heard, ...(sentence === undefined ? {} : { sentence }) });
  }

  /** Resolves at the first frame, past or to come, that is as expected. Otherwise rejects, telling what was heard. */
  async hears(expected: Expectation, limitMs: number): Promise<{ atMs: number }> {
    const otherwise = (why: string): Error => {
      const since = this.frames.filter((frame) => frame.atMs >= (expected.sinceMs ?? 0));
      return new Error(`Did not hear ${nameOf(expected)} ${why}. ${summaryOf(since)}`);
    };
    const { item, before } = await this.#frames.first(matcher(expected), limitMs, otherwise);
    return { atMs: (needsTwo(expected) && before ? before : item).atMs };
  }

  /** Nothing more will be heard. */
  close(): void {
    this.#frames.close();
  }
}

const needsTwo = ({ pilot, music }: Expectation): boolean => pilot !== undefined || music === true;

function matcher(expected: Expectation) {
  const { pilot, music, sinceMs = 0 } = expected;
  const text = expected.sentence === undefined ? undefined : normaliseSentence(expected.sentence);
  const matches = (frame: HeardFrame): boolean =>
    frame.atMs >= sinceMs &&
    (pilot === undefined || frame.pilots.includes(pilot)) &&
    (text === undefined || frame.sentence === text) &&
    (music === undefined || frame.music === music);
  return (frame: HeardFrame, before: HeardFrame | undefined): boolean =>
    matches(frame) && (!needsTwo(expected) || (before !== undefined && matches(before)));
}

function nameOf({ pilot, sentence, music }: Expectation): string {
  const parts = [
    ...(pilot === undefined ? [] : [`pilot ${pilot}`]),
    ...(sentence === undefined ? [] : [`“${sentence}”`]),
    ...(music === undefined ? [] : [music ? 'music' : 'anything but music']),
  ];
  return parts.join(' with ') || 'anything';
}

/** A line for failure messages: what these frames held, and how much of it. */
export function summaryOf(frames: readonly HeardFrame[]): string {
  if (frames.length === 0) return 'No audio arrived at all.';
  const counts = new Map<string, number>();
  const count = (what: string): unknown => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const frame of frames) {
    for (const pilot of frame.pilots) count(`pilot ${pilot}`);
    if (frame.code !== undefined) {
      count(frame.sentence === undefined ? `code ${frame.code}` : `“${frame.sentence}”`);
    } else if (frame.music) count('music');
    else if (frame.pilots.length === 0) count(frame.levelDb < -60 ? 'silence' : 'unknown sound');
  }
  const parts = [...counts].map(([what, n]) => `${what} in ${n}`);
  return `Of ${frames.length} frames: ${parts.join(', ')}.`;
}
