/**
 * Many calls, several at once, with people who hang up at any moment and things that break: all of it as a seed plans it. Ends
 * with what must be true of each call, and of the lab when all of them are over: nothing is left.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HURRIED_WORDS_PER_MINUTE } from '../audio/speech.ts';
import { Lab } from '../network/lab.ts';
import { numbers } from '../network/numbers.ts';
import { drawLadder } from '../phone/ladder.ts';
import type { Tools } from '../setup/prepare.ts';
import { Faults } from './faults.ts';
import { Footprint } from './footprint.ts';
import { type Wrong, wrongIn } from './judge.ts';
import { type Lane, desks, laneScript, openLanes } from './lanes.ts';
import { whatIsLeft } from './left.ts';
import { figuresOf, table } from './numbers.ts';
import { planCalls, planInWords } from './plan.ts';
import { wholeRecord } from './record-kept.ts';
import { RoomWatch } from './room-watch.ts';
import { SoakCall } from './soak-call.ts';
import { tearsIn, tearsInWords } from './tears.ts';
import { tenBridged } from './ten-bridged.ts';
import { type Verdict, guardianKeptOut, helped, hits, inTheLog, nothingEnded } from './verdicts.ts';

export type SoakOptions = {
  tools: Tools;
  calls: number;
  seed: number;
  /** How many calls there are at the same time, 1 to 7. */
  atOnce: number;
  /** Ends with ten pairs whose worker is killed. */
  ten: boolean;
  say: (line: string) => void;
};

/** From so many calls on the workers have to be measured, where that can be done. */
const measuredCalls = 100;

/** `ofTime`: nothing was bad but what a machine that is too slow can cause. */
export type Judged = { isGood: boolean; ofTime: boolean };

/** @returns whether all was well; everything that there is to know has been said. */
export async function soak(options: SoakOptions): Promise<Judged> {
  const lab = await Lab.start({
    tools: options.tools,
    script: laneScript,
    faultyApi: true,
    wordsPerMinute: HURRIED_WORDS_PER_MINUTE,
    desks: desks(),
    sipMetrics: true,
  });
  try {
    return await soakIn(lab, options);
  } finally {
    await lab.stop();
  }
}

async function soakIn(lab: Lab, options: SoakOptions): Promise<Judged> {
  const faults = new Faults(lab);
  await lab.startWorker({}, 'second worker');
  const footprint = new Footprint(lab);
  const rooms = new RoomWatch(lab);
  try {
    const played = await playAndLook({ ...options, lab, faults, footprint });
    return judge({ ...played, lab, rooms, footprint, say: options.say });
  } finally {
    footprint.stop();
    await rooms.stop();
  }
}

async function playAndLook(
  options: SoakOptions & { lab: Lab; faults: Faults; footprint: Footprint },
): Promise<{ calls: readonly SoakCall[]; verdicts: Verdict[] }> {
  const { lab, footprint, atOnce } = options;
  const [lanes, dialling] = [openLanes(lab), new Turns()];
  const inTurn = (dial: () => Promise<void>) => dialling.take(dial);
  const calls = await playAll({ ...options, inTurn, lanes: lanes.slice(0, atOnce) });
  // The ten pairs are of another kind, and no worker survives them.
  footprint.stop();
  const ten = options.ten ? [await theTen({ lab, lanes, inTurn })] : [];
  return { calls, verdicts: [...ten, ...(await whatIsLeft(lab))] };
}

/** Says what was wrong with any call, the figures, and the rest. @returns whether all was well. */
function judge(options: {
  lab: Lab;
  rooms: RoomWatch;
  footprint: Footprint;
  calls: readonly SoakCall[];
  verdicts: readonly Verdict[];
  say: (line: string) => void;
}): Judged {
  const { lab, rooms, footprint, calls, say } = options;
  const all = calls.map((call) => {
    const played = call.played(rooms);
    return { call, played, found: wrongIn(played) };
  });
  const bad = all.filter(({ found }) => found.length > 0);
  const isOdd = ({ played: { world } }: (typeof all)[number]) => tearsIn(world).own.length > 0;
  for (const { call, found } of bad) explain(call, found, say);
  for (const { call, played } of all.filter((one) => one.found.length > 0 || isOdd(one))) {
    const file = join(lab.directory, `call-${call.plan.call}.json`);
    writeFileSync(file, JSON.stringify(played.world));
    say(`What the phones of call ${call.plan.call} heard, frame by frame: ${file}`);
  }
  say('');
  for (const line of table(figuresOf(calls.map((call) => call.measured(rooms))))) say(line);
  say(tearsInWords(all.map(({ played }) => played.world)));
  const crossed = calls.filter(({ wasUnconfirmed }) => wasUnconfirmed).length;
  say(`Humans who answered as the call was taken back, and whom livekit-sip left: ${crossed}.`);
  const undisturbed = calls.filter(({ broken }) => broken.length === 0);
  const verdicts: Verdict[] = [
    {
      what: 'calls as they should be',
      isGood: bad.length === 0,
      figure: `${calls.length - bad.length} of ${calls.length}: ${inNumbers(calls)}`,
      ofTime: bad.every(({ found }) => found.every(({ ofTime }) => ofTime)),
    },
    hits(calls),
    helped(all.map(({ played }) => played)),
    guardianKeptOut({
      workerLines: lab.workerLines,
      undisturbed: new Set(undisturbed.flatMap(({ callIds }) => [...callIds])),
      callsIn: (room) => rooms.callsIn(room),
    }),
    ...options.verdicts,
    { what: 'the record of all calls', ...wholeRecord(lab.events) },
    ...inTheLog(lab.workerLines, [...lab.exchange.numbers, numbers.line]),
    nothingEnded(lab.processes.endedByThemselves),
    flat(footprint, calls.length),
  ];
  say('');
  for (const { what, isGood, figure } of verdicts) say(`${isGood ? '✓' : '✗'} ${what}: ${figure}`);
  say(`Logs: ${lab.directory}`);
  const wrong = verdicts.filter(({ isGood }) => !isGood);
  return { isGood: wrong.length === 0, ofTime: wrong.every(({ ofTime }) => ofTime) };
}

/** Each lane plays the next call as soon as its last is over. */
async function playAll(
  options: SoakOptions & Parameters<typeof tenBridged>[0] & { faults: Faults },
): Promise<readonly SoakCall[]> {
  const { lab, faults, lanes, calls, seed, inTurn, say } = options;
  const plans = planCalls({ calls, seed });
  const played: SoakCall[] = [];
  const playLane = async (lane: Lane) => {
    for (let plan = plans.shift(); plan; plan = plans.shift()) {
      const call = new SoakCall({ lab, lane, plan, faults });
      played.push(call);
      await call.play(inTurn);
      say(`${planInWords(plan)}: ${call.outcome}`);
    }
  };
  await Promise.all(lanes.map(playLane));
  await faults.areOver();
  return played;
}

/** One after the other. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take(act: () => Promise<void>): Promise<void> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

async function theTen(options: Parameters<typeof tenBridged>[0]): Promise<Verdict> {
  const what = 'ten pairs whose worker was killed; a hang-up -> the other leg ended';
  try {
    const { isGood, leftMs } = await tenBridged(options);
    return { what, isGood, figure: `${leftMs.join(', ')} ms`, ofTime: true };
  } catch (error) {
    return { what, isGood: false, figure: (error as Error).message };
  }
}

function flat(footprint: Footprint, calls: number): Verdict {
  const { isFlat, figure } = footprint.result(calls >= measuredCalls);
  return { what: 'the worker stays as it is', isGood: isFlat, figure };
}

function inNumbers(calls: readonly SoakCall[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of calls) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}

function explain(call: SoakCall, wrong: readonly Wrong[], say: (line: string) => void): void {
  say(`\n✗ ${planInWords(call.plan)}; broken meanwhile: ${call.broken.join(', ') || 'nothing'}`);
  for (const { what } of wrong) say(`  - ${what}`);
  for (const line of call.recorded) say(`  ${line}`);
  for (const { who, ladder } of call.ladders) say(`  ${who}:\n${drawLadder(ladder)}`);
}
