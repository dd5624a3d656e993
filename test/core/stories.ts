/**
 * One story for each outcome of a transfer and for each cause of a call's end: what `pnpm test` plays. A new row of `OutcomeKind`
 * or `EndCause` does not compile without its story.
 */
import type { EndCause } from '../../agent/call-events.ts';
import type { OutcomeKind } from '../../agent/outcome.ts';
import { scenarios } from '../../lab/scenarios/all.ts';
import type { Scenario } from '../../lab/scenarios/scenario.ts';

/** `returnFailed` has none: no fault that the lab can play is known to lead to it. agent/transfer/transfer.test.ts has it. */
const byCause: Record<Exclude<EndCause, 'returnFailed'>, string> = {
  callerLeft: 'accepted-by-voice',
  humanLeft: 'accepted-by-key',
  aiFailed: 'all-providers-gone',
  jobEnded: 'room-deleted-while-ringing',
  workerLost: 'worker-killed',
  jobLost: 'job-killed-while-bridged',
  notNeeded: 'another-ai-is-sent',
};

const byOutcome: Record<OutcomeKind, string> = {
  connected: 'accepted-by-key',
  declined: 'declined-by-key',
  busy: 'busy',
  no_answer: 'no-answer',
  voicemail: 'voicemail',
  unreachable: 'dial-404',
  carrier_blocked: 'dial-608',
  trunk_failed: 'trunk-deleted',
  human_left: 'human-hangs-up-at-once',
  abandoned: 'caller-hangs-up-while-dialling',
  merge_failed: 'all-providers-gone',
  expired: 'human-never-decides',
  cancelled: 'room-deleted-while-ringing',
};

/** Each cause of an end, and with them the outcomes that these stories have. */
export const stories = {
  causes: named(Object.values(byCause)),
  outcomes: named(Object.values(byOutcome).filter((n) => !Object.values(byCause).includes(n))),
};

function named(names: readonly string[]): Scenario[] {
  return names.map((name) => {
    const scenario = scenarios.get(name);
    if (!scenario) throw new Error(`There is no scenario "${name}".`);
    return scenario;
  });
}
