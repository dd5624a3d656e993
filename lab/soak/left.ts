/** What is there when all calls are over: nothing may be, neither to livekit-server, nor to livekit-sip, nor on this machine. */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import type { Lab } from '../network/lab.ts';
import { sipCallsOf } from '../network/probes.ts';
import { openCalls } from './record-kept.ts';
import type { Verdict } from './verdicts.ts';

/** What is left has to be gone so long after the last call; a server that was killed lists what it had for a while. */
const endLimitMs = 120_000;
/** The list of rooms can be 5 s old, and what is gone must not come back. */
const quietMs = 6_000;
const everyMs = 200;

export async function whatIsLeft(lab: Lab): Promise<Verdict[]> {
  const { left, isQuiet } = await untilQuiet(() => look(lab), { quietMs, limitMs: endLimitMs });
  const counts = Object.entries(left).map(([what, count]) => ({
    what: `${what} left`,
    isGood: count === 0,
    figure: String(count),
    ofTime: true,
  }));
  // What was not gone for long enough may come back, even when nothing was there at the last look.
  const quiet = { what: 'nothing left for 6 s in a row', isGood: isQuiet, ofTime: true };
  return [...counts, { ...quiet, figure: isQuiet ? 'yes' : 'no' }];
}

/** Looks until there was nothing for `quietMs` in a row, or for `limitMs`. @returns the last look, and whether it came to that. */
export async function untilQuiet(
  lookOnce: () => Promise<Record<string, number>>,
  limits: { quietMs: number; limitMs: number; everyMs?: number },
): Promise<{ left: Record<string, number>; isQuiet: boolean }> {
  const deadlineMs = nowMs() + limits.limitMs;
  let quietSinceMs = Infinity;
  for (;;) {
    const left = await lookOnce();
    const isEmpty = Object.values(left).every((count) => count === 0);
    quietSinceMs = isEmpty ? Math.min(quietSinceMs, nowMs()) : Infinity;
    const isQuiet = nowMs() - quietSinceMs >= limits.quietMs;
    if (isQuiet || nowMs() > deadlineMs) return { left, isQuiet };
    await delay(limits.everyMs ?? everyMs);
  }
}

async function look(lab: Lab): Promise<Record<string, number>> {
  const rooms = await lab.rooms.listRooms().catch(() => undefined);
  const people = rooms?.reduce((sum, { numParticipants }) => sum + numParticipants, 0);
  return {
    // What cannot be counted is not known to be gone.
    rooms: rooms?.length ?? Infinity,
    participants: people ?? Infinity,
    jobs: await lab.jobs().catch(() => Infinity),
    'jobs of killed workers': lab.processes.orphans,
    legs: lab.exchange.calls.filter((call) => call.endedAtMs === undefined).length,
    "livekit-sip's calls": await sipCallsOf(lab.ports.sipMetrics).catch(() => Infinity),
    'files of calls': lab.mailbox.calls().length,
    'calls without an end on record': openCalls(lab.events).length,
  };
}
