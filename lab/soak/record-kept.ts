/** Whether the application's record of its calls is whole: each transfer has one outcome, each call one end. */
import type { World } from '../checks/world.ts';

type Events = World['events'];

/** Those whose end is not on record; one with which another AI went on needs none. */
export function openCalls(events: Events): string[] {
  const resumed = events.flatMap((e) => (e.type === 'callResumed' ? [e.of] : []));
  const ended = events.flatMap((e) => (e.type === 'callEnded' ? [e.callId] : []));
  const [known, closed] = [idsOf(events), new Set([...resumed, ...ended])];
  return known.filter((callId) => !closed.has(callId));
}

/** @returns what is missing or there twice, one sentence for each. */
export function notOnRecord(events: Events): string[] {
  const outcomes = counted(events, (e) => (e.type === 'transferEnded' ? e.attempt : undefined));
  const ends = counted(events, (e) => (e.type === 'callEnded' ? e.callId : undefined));
  const started = events.flatMap((e) => (e.type === 'transferStarted' ? [e.attempt] : []));
  const attempts = [...new Set([...started, ...outcomes.keys()])];
  const wrong = attempts.filter((attempt) => outcomes.get(attempt) !== 1);
  const twice = [...ends].flatMap(([callId, count]) => (count > 1 ? [callId] : []));
  return [
    ...wrong.map((attempt) => `transfer ${attempt} has ${outcomes.get(attempt) ?? 0} outcomes`),
    ...[...openCalls(events), ...twice].map(
      (callId) => `call ${callId} has ${ends.get(callId) ?? 0} ends`,
    ),
  ];
}

/** What is not there yet may be late; what is there twice is not. */
export const isMissing = (wrong: string): boolean => wrong.includes(' has 0 ');

/** The same for all calls that there were, in numbers. */
export function wholeRecord(events: Events): { isGood: boolean; figure: string; ofTime: boolean } {
  const wrong = notOnRecord(events);
  const attempts = new Set(events.flatMap((e) => ('attempt' in e ? [e.attempt] : []))).size;
  const calls = idsOf(events).length;
  const bad = (what: string) => new Set(wrong.filter((one) => one.startsWith(what))).size;
  const figures = [
    `outcomes ${attempts - bad('transfer')} of ${attempts}`,
    `ends ${calls - bad('call')} of ${calls}`,
    ...wrong.slice(0, 5),
  ];
  const isGood = wrong.length === 0 && calls > 0;
  return { isGood, figure: figures.join(', '), ofTime: calls > 0 && wrong.every(isMissing) };
}

const idsOf = (events: Events) => [...new Set(events.map(({ callId }) => callId))];

function counted(
  events: Events,
  keyOf: (event: Events[number]) => string | undefined,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) {
    const key = keyOf(event);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
