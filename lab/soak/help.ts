/** A caller whose AI was killed before they were connected: what counts as help, and whether it came in time. */
import type { Words } from '../../agent/words.ts';
import { normaliseSentence } from '../audio/codes.ts';
import type { HeardFrame } from '../phone/heard.ts';
import { replies } from '../scenarios/scenario.ts';
import { firstSentence } from '../standins/sentences.ts';

/** What the design promises, counted from the kill, also where the job lives on for a while. */
export const helpLimitMs = 10_000;
/** So long a caller waits for it before they hang up: when it comes late, that is seen. */
export const patienceMs = 12_000;
/** What an AI says to a caller who talks while it says that it is back. So long after the kill it is not the dead one's. */
const answer = normaliseSentence(replies.helps);
const lastWordsMs = 1_000;

const back = ({ guardian }: Words) => normaliseSentence(firstSentence(guardian.backAgain));
const end = ({ agent }: Words) => normaliseSentence(firstSentence(agent.mustEnd));

/** When the caller first heard another AI, or the human who is to be theirs; undefined when they have not yet. */
export function helpedAtMs(
  frames: readonly HeardFrame[],
  { pilot, sinceMs, words }: { pilot: number; sinceMs: number; words: Words },
): number | undefined {
  const help = [back(words), end(words)];
  const isHuman = (frame: HeardFrame | undefined) => frame?.pilots.includes(pilot) === true;
  return frames.find((frame, i) => {
    if (frame.atMs < sinceMs) return false;
    // One frame of a pilot alone may be the edge of speech.
    const isAnswer = frame.sentence === answer && frame.atMs >= sinceMs + lastWordsMs;
    if (isAnswer || help.includes(frame.sentence ?? '')) return true;
    return isHuman(frame) && isHuman(frames[i + 1]);
  })?.atMs;
}

/** When the caller first heard that an AI was back. */
export function backAtMs(
  frames: readonly HeardFrame[],
  { sinceMs, words }: { sinceMs: number; words: Words },
): number | undefined {
  const isBack = back(words);
  return frames.find(({ atMs, sentence }) => atMs >= sinceMs && sentence === isBack)?.atMs;
}
