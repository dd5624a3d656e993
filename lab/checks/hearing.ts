/** Checks on who heard whom, frame by frame, as the phones received it. */
import {
  type Check,
  type LegRecord,
  type World,
  framesOf,
  heldMs,
  mergedAtMs,
  phaseAtMs,
} from './world.ts';
import { sentencesOf } from '../standins/sentences.ts';

const frameMs = 20;
/** Enough of the other's pilot to call it hearing, in a row. */
const bridgedFrames = 10;
/** The aim is 500 ms, and the latencies say how near we are; a busy machine must not make this fail. */
const gapLimitMs = 1_000;
const aloneLimitMs = 3_000;
/** The same when the job has died, and a guardian has to find whom the other has left. */
const foundLimitMs = 10_000;
/** How much longer than that the AI waits for a human to say whether they take the call. */
const answerAllowanceMs = 3_500;
/** The tune is not heard while the AI speaks; it is in a hold that is longer than its words by this. */
const tuneWantedMs = 2_000;
const wordlessLimitMs = 20_000;

/** After a merge each phone heard the other, if they were given the time; without one, neither ever did. */
export const heardEachOther: Check = (world) => {
  const { caller, human, expected } = world;
  const atCaller = longestRun(caller, human?.pilot);
  const atHuman = longestRun(human, caller.pilot);
  const leaked = [...leaks(caller.frames, human), ...leaks(human?.frames ?? [], caller)].length;
  const merged = expected.outcome === 'connected' && !expected.referred;
  const wantedFrames = expected.cutShort ? 0 : bridgedFrames;
  const pass = merged ? Math.min(atCaller, atHuman) >= wantedFrames : leaked === 0;
  const figure = `caller heard human ${atCaller * frameMs} ms, human heard caller ${atHuman * frameMs} ms`;
  const check = merged ? 'both heard each other' : 'never heard each other';
  return { check, pass, figure, ofTime: merged };
};

/** No frame of the caller reached the human before the merge, none of the human or of the briefing the caller. */
export const consultationPrivate: Check = (world) => {
  const { caller, human } = world;
  const merged = mergedAtMs(world);
  const earlier = world.earlier?.flatMap((leg) => leg.frames) ?? [];
  const callerAtHuman = leaks([...framesOf(human, 0, merged), ...earlier], caller);
  const humanAtCaller = leaks(framesOf(caller, 0, merged), human);
  const briefed = spokenIn([...framesOf(human, 0, merged), ...earlier]);
  const briefingAtCaller = caller.frames.filter((f) => f.code && briefed.has(f.code));
  const figures = [callerAtHuman.length, humanAtCaller.length, briefingAtCaller.length];
  return {
    check: 'consultation private',
    pass: figures.every((count) => count === 0),
    figure: `${figures.join(' + ')} frames (caller at human, human at caller, briefing at caller)`,
  };
};

/** No line carries so many phones: a call has three at most, and nobody hears their own. */
const tooManyPhones = 3;

/**
 * The frames in which a phone is heard. It is not heard before it was answered, because until then it sends nothing; nor in a
 * frame in which more phones seem to be there than can be: what fills a gap in loud speech has tones of every kind (seen for
 * 60 ms, with all 15 pilots, on a machine with too much to do).
 */
function leaks(frames: LegRecord['frames'], of: LegRecord | undefined): LegRecord['frames'] {
  if (!of) return [];
  return frames.filter(
    ({ atMs, pilots }) =>
      pilots.includes(of.pilot) && pilots.length < tooManyPhones && atMs >= (of.answeredAtMs ?? 0),
  );
}

/** Less of a sentence, in all, is a torn line, which can look like any; the shortest takes twice as long (lab/words.test.ts). */
const sentenceFrames = 10;

/** The sentences in these frames. */
function spokenIn(frames: LegRecord['frames']): Set<number> {
  const times = new Map<number, number>();
  for (const { code } of frames) {
    if (code !== undefined) times.set(code, (times.get(code) ?? 0) + 1);
  }
  return new Set([...times].flatMap(([code, count]) => (count < sentenceFrames ? [] : code)));
}

/** The hold audio is for the caller alone; and they hear it, once the words at the start of the hold are spoken. */
export const holdAudioForCaller: Check = (world) => {
  const atHuman = world.human?.frames.filter((frame) => frame.music).length ?? 0;
  const holds = heldMs(world).map(({ fromMs, toMs }) => {
    const frames = framesOf(world.caller, fromMs, toMs);
    const heard = frames.filter((frame) => frame.music).length;
    return { wanted: toMs - fromMs > wordsMs(world, frames) + tuneWantedMs, heard };
  });
  return {
    check: 'hold audio for the caller alone',
    pass: atHuman === 0 && holds.every(({ wanted, heard }) => !wanted || heard > 0),
    figure: `${atHuman} frames at the human, ${sum(holds.map((h) => h.heard)) * frameMs} ms at the caller`,
    ofTime: atHuman === 0,
  };
};

/** How long the sentences that are heard in these frames take, each once. */
function wordsMs({ spoken }: World, frames: LegRecord['frames']): number {
  const heard = new Set(frames.flatMap(({ code }) => code ?? []));
  const durations = new Map(spoken.map(({ code, durationMs }) => [code, durationMs]));
  return sum([...heard].map((code) => durations.get(code) ?? 0));
}

/** A caller on hold is told at least every 20 s how it stands; how true that is, the application's own tests know. */
export const wordsOnHold: Check = (world) => {
  const { caller } = world;
  const wordless = heldMs(world).map(({ fromMs, toMs }) => {
    const lastMs = Math.min(toMs, caller.frames.at(-1)?.atMs ?? fromMs);
    const wordsMs = framesOf(caller, fromMs, lastMs)
      .filter((frame) => frame.code !== undefined)
      .map((frame) => frame.atMs);
    return longestBetween([...wordsMs, lastMs], fromMs);
  });
  const longest = Math.max(0, ...wordless);
  return {
    check: 'words on hold',
    pass: longest <= wordlessLimitMs,
    figure: `longest without ${longest} ms (limit ${wordlessLimitMs})`,
    ofTime: true,
  };
};

/** From the start of a transfer to its end the caller never hears nothing for longer than a second. */
export const noGapOnHold: Check = (world) => {
  const longest = longestGapOnHold(world);
  return {
    check: 'no gap on hold',
    pass: longest <= gapLimitMs,
    figure: `longest ${longest} ms (limit ${gapLimitMs})`,
    ofTime: true,
  };
};

/** How long (ms) the caller heard nothing at the longest, between the start of a transfer and the other's first second. */
export function longestGapOnHold(world: World): number {
  const { caller, human } = world;
  const gaps = heldMs(world).map(({ fromMs, toMs, connectedAtMs }) => {
    const endMs = caller.ended?.atMs ?? Infinity;
    const untilMs = connectedAtMs === undefined ? toMs : Math.min(connectedAtMs + 1_000, endMs);
    return longestSilence(caller, human?.pilot, fromMs, untilMs);
  });
  return Math.max(0, ...gaps);
}

/** The caller who is back with the AI hears why, in the words for this outcome, spoken to their end. */
export const toldWhy: Check = (world) => {
  const { told } = world.expected;
  const check = 'told why';
  if (told === undefined) return { check, pass: true, figure: 'nothing to tell' };
  const from = phaseAtMs(world, 'returning') ?? Infinity;
  const codes = new Set(framesOf(world.caller, from, Infinity).flatMap((f) => f.code ?? []));
  const heard = world.spoken.filter(({ code }) => codes.has(code)).map((s) => s.sentence);
  const pass = sentencesOf(told).every((sentence) => heard.includes(sentence));
  const figure = heard.map((sentence) => `"${sentence}"`).join(' ') || 'nothing';
  return { check, pass, figure, ofTime: true };
};

/**
 * A human who answered is never left in silence: they hear the AI, speak themselves, or hear the caller. Only when they
 * were made the offer and have not said anything since the AI spoke, it may take a while until they are asked again.
 */
export const humanNotAlone: Check = (world) => {
  const { human, caller, expected } = world;
  const limitMs = expected.isFound ? foundLimitMs : aloneLimitMs;
  const turns = humansTurns(world);
  // Whom they were connected to may be a dead phone, until livekit-sip notices.
  const { ended } = caller;
  const isDead = ended?.how === 'vanished' && ended.atMs > mergedAtMs(world);
  const deadAtMs = isDead ? ended.atMs : Infinity;
  const alone = [human, ...(world.earlier ?? [])].flatMap((leg) => {
    if (leg?.answeredAtMs === undefined) return [];
    const endMs = Math.min(leg.ended?.atMs ?? Infinity, deadAtMs);
    const silences = silencesOf(leg, caller.pilot, leg.answeredAtMs, endMs);
    return silences.map((silence) => lengthOf(silence) - allowedMs(leg, silence, turns));
  });
  if (alone.length === 0) return { check: 'human not alone', pass: true, figure: 'not answered' };
  const gap = Math.round(Math.max(...alone));
  return {
    check: 'human not alone',
    pass: gap <= limitMs,
    figure: `longest ${gap} ms (limit ${limitMs})`,
    ofTime: true,
  };
};

/** From the end of each offer, as it is heard, to whatever the application went on with. */
function humansTurns({ events }: World): Span[] {
  const steps = events.filter((e) => e.type === 'phaseChanged');
  return steps.flatMap((offered, i) => {
    if (offered.to !== 'offered') return [];
    const next = steps.slice(i + 1).find((e) => e.attempt === offered.attempt);
    return [{ fromMs: offered.atMs - 500, toMs: next?.atMs ?? Infinity }];
  });
}

/** How much of a silence a human is given to think, because it is their turn. */
function allowedMs(leg: LegRecord, silence: Span, turns: readonly Span[]): number {
  const haveSpoken = leg.said.some(
    (said) => said.startedAtMs <= silence.fromMs && silence.fromMs <= said.endedAtMs,
  );
  if (haveSpoken) return 0;
  const overlaps = turns.map(
    (turn) => Math.min(silence.toMs, turn.toMs) - Math.max(silence.fromMs, turn.fromMs),
  );
  return Math.min(answerAllowanceMs, Math.max(0, ...overlaps));
}

/** After the merge nothing of what the two say reaches the speech-to-text service. */
export const aiHearsNothing: Check = (world) => {
  const merged = mergedAtMs(world);
  const said = [...world.caller.said, ...(world.human?.said ?? [])].filter(
    (s) => s.startedAtMs > merged,
  );
  const heard = world.heardByAi.filter((h) =>
    said.some((s) => s.sentence === h.sentence && h.atMs > merged),
  );
  return {
    check: 'AI hears nothing after the merge',
    pass: heard.length === 0,
    figure: `${heard.length} of ${said.length} sentences`,
  };
};

/** The longest row of frames in which `pilot` is heard. */
export function longestRun(leg: LegRecord | undefined, pilot: number | undefined): number {
  let [longest, run] = [0, 0];
  for (const frame of leg?.frames ?? []) {
    run = pilot !== undefined && frame.pilots.includes(pilot) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** The longest time (ms) in which a phone neither heard anything meant for it nor was speaking itself. */
function longestSilence(
  leg: LegRecord,
  other: number | undefined,
  fromMs: number,
  toMs: number,
): number {
  return Math.round(Math.max(0, ...silencesOf(leg, other, fromMs, toMs).map(lengthOf)));
}

type Span = { fromMs: number; toMs: number };
const lengthOf = ({ fromMs, toMs }: Span) => toMs - fromMs;

/** The times between two moments in which a phone heard something meant for it, or was speaking itself. */
function silencesOf(
  leg: LegRecord,
  other: number | undefined,
  fromMs: number,
  toMs: number,
): Span[] {
  // A frame that did not arrive was not heard, so time is counted from one frame with sound in it to the next.
  const soundsMs = framesOf(leg, fromMs, toMs)
    .filter(
      (frame) =>
        frame.code !== undefined ||
        frame.music ||
        (other !== undefined && frame.pilots.includes(other)),
    )
    .map((frame) => frame.atMs);
  const spokenMs = leg.said.flatMap((said) => everyFrame(said.startedAtMs, said.endedAtMs));
  const endMs = Number.isFinite(toMs) ? toMs : (leg.frames.at(-1)?.atMs ?? fromMs);
  const marks = [...soundsMs, ...spokenMs.filter((atMs) => atMs >= fromMs && atMs < endMs), endMs];
  return spansBetween(marks, fromMs);
}

/** From `fromMs` to the first mark, and from each mark to the next. */
function spansBetween(marks: number[], fromMs: number): Span[] {
  const all = [fromMs, ...marks.sort((one, other) => one - other)];
  return all.slice(1).map((toMs, i) => ({ fromMs: all[i]!, toMs }));
}

function longestBetween(marks: number[], fromMs: number): number {
  return Math.round(Math.max(0, ...spansBetween(marks, fromMs).map(lengthOf)));
}

const sum = (counts: number[]) => counts.reduce((all, one) => all + one, 0);

function everyFrame(fromMs: number, toMs: number): number[] {
  return Array.from(
    { length: Math.ceil((toMs - fromMs) / frameMs) },
    (_, i) => fromMs + i * frameMs,
  );
}

export function firstFrameMs(
  leg: LegRecord | undefined,
  fromMs: number,
  matches: (frame: World['caller']['frames'][number]) => boolean,
): number | undefined {
  return leg?.frames.find((frame) => frame.atMs >= fromMs && matches(frame))?.atMs;
}
