/** What must be true of a soak as a whole, beside what must be true of each of its calls. */
import { noPhoneNumber, noUnhandledRejection } from '../checks/record.ts';
import type { World } from '../checks/world.ts';
import { type Played, wasHelped } from './judge.ts';
import { type CallPlan, edges, faultKinds } from './plan.ts';

/** `ofTime`: a machine that is too slow can make it bad (lab/starvation/of-time.ts). */
export type Verdict = { what: string; isGood: boolean; figure: string; ofTime?: boolean };

/** From so many calls on each kind of fault that was planned must have hit. */
const manyCalls = 100;

/** Whether what was planned to break did, while the call had anything to be broken: of each kind, and at which moments. */
export function hits(calls: readonly { plan: CallPlan; wasHit: boolean }[]): Verdict {
  const planned = calls.flatMap(({ plan, wasHit }) =>
    plan.fault ? [{ kind: plan.fault.kind, at: plan.fault.at, wasHit }] : [],
  );
  const hit = planned.filter(({ wasHit }) => wasHit);
  const rows = faultKinds.flatMap((kind) => {
    const [of, its] = [planned, hit].map((all) => all.filter((one) => one.kind === kind));
    if (of!.length === 0) return [];
    const at = edges.filter((edge) => its!.some((one) => one.at === edge)).join(' ');
    const isMissed = its!.length === 0;
    return [{ isMissed, figure: `${kind} ${its!.length}/${of!.length}${at && ` (${at})`}` }];
  });
  const isTooMuchMissed =
    calls.length >= manyCalls ? rows.some(({ isMissed }) => isMissed) : hit.length === 0;
  return {
    what: 'what was to break did',
    isGood: planned.length === 0 || !isTooMuchMissed,
    figure: rows.map(({ figure }) => figure).join(', ') || 'nothing was to break',
    ofTime: true,
  };
}

/** Those whose AI was killed before they were connected, as far as something is promised to them. */
export function helped(calls: readonly Played[]): Verdict {
  const judged = calls.map(wasHelped).filter((was) => was !== undefined);
  const good = judged.filter(Boolean).length;
  return {
    what: 'callers who lost the AI, and had help in 10 s',
    isGood: good === judged.length,
    figure: `${good} of ${judged.length}`,
    ofTime: true,
  };
}

/** The guardian is for calls in which something broke; a step into another is a fault of one of the two. */
export function guardianKeptOut(options: {
  workerLines: readonly string[];
  /** The ids of the calls in which nothing was broken. */
  undisturbed: ReadonlySet<string>;
  callsIn: (room: string) => ReadonlySet<string>;
}): Verdict {
  const { workerLines, undisturbed, callsIn } = options;
  const steps = workerLines.flatMap((line) => {
    if (!line.includes('the guardian steps in')) return [];
    const { guardian } = JSON.parse(line) as { guardian: Step };
    const callIds = [...callsIn(guardian.room), ...consulted(guardian.room)];
    return [{ ...guardian, callIds }];
  });
  const wrong = steps.filter(({ callIds }) => callIds.some((callId) => undisturbed.has(callId)));
  const first = wrong[0] && `; first: ${wrong[0].do} ${wrong[0].room} (${wrong[0].why})`;
  return {
    what: 'the guardian in calls with nothing broken',
    isGood: wrong.length === 0,
    figure: `${wrong.length} of ${steps.length} steps${first ?? ''}`,
  };
}

type Step = { room: string; do: string; why: string };

/** A consultation says in its name whose it is. */
const consulted = (room: string) => /^consult-(.+)-\d+$/.exec(room)?.slice(1) ?? [];

export function inTheLog(
  workerLines: readonly string[],
  phoneNumbers: readonly string[],
): Verdict[] {
  return [noUnhandledRejection, noPhoneNumber].map((check) => {
    const { check: what, pass, figure } = check({ workerLines, phoneNumbers } as unknown as World);
    return { what, isGood: pass, figure };
  });
}

export const nothingEnded = (endedByThemselves: readonly string[]): Verdict => ({
  what: 'processes that ended by themselves',
  isGood: endedByThemselves.length === 0,
  figure: [endedByThemselves.length, ...endedByThemselves].join(', '),
});
