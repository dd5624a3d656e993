/**
 * docs/teardown.md: who left, when, and what closes. One heading for each way, under it a flat list for each moment.
 * What happens outside a transfer is in agent/call.ts and not in the table; those few words are written here.
 */
import { limitOfPhase, limits } from '../../agent/limits.ts';
import { type OutcomeKind, policies } from '../../agent/outcome.ts';
import { table } from '../../agent/transfer/table.ts';
import {
  type Effect,
  type EventType,
  type Phase,
  type Step,
  phases,
} from '../../agent/transfer/vocabulary.ts';
import { words } from '../../agent/words.ts';
import { guardSections } from './guards.ts';
import {
  bullets,
  markdownTable,
  names,
  numbered,
  page,
  printedFrom,
  seconds,
  sentence,
} from './markdown.ts';
import * as view from './table-view.ts';

const leavers = ['callerLeft', 'humanLeft', 'jobEnding'] as const satisfies EventType[];

/** What an effect closes, in the fewest words; undefined for those that close nothing. */
const closed: Record<Effect, string | undefined> = {
  brief: undefined,
  clearLine: undefined,
  mergeLegs: undefined,
  leaveCall: "AI's session, consult room",
  returnCaller: undefined,
  thankHuman: "human's leg and consult room, after a goodbye",
  partFromHuman: "human's leg and consult room, after a goodbye",
  excuseCaller: "human's leg and consult room, after a goodbye",
  releaseHuman: "human's leg, consult room",
  endCall: 'call room with all its legs, job',
  leaveToGuardian: 'job; the two talk on, and a guardian watches them',
};

export function teardownPage(): string {
  return page(
    '# Teardown',
    printedFrom,
    'Who left, when, and what closes. How a transfer goes when nobody leaves is on [the page on the call flow](call-flow.md).',
    whoLeftTable([...leavers, 'limitReached']),
    ...[...leavers, 'limitReached' as const, ...others()].flatMap(section),
    ...outsideOfTransfers,
    '## What the caller is told',
    toldTable(),
    '## What keeps this true',
    'Each watch, deadline and undo, and a test that fails when it is taken away. `node docs/guards/prove.ts` takes each away and ' +
      'sees its test fail; that the steps of the table have the effects above is for `transfer/table.test.ts`.',
    ...guardSections(),
  );
}

/** One row for each moment, neighbours with the same cells together. */
export function whoLeftTable(events: readonly EventType[] = leavers): string {
  const moments = phases.filter((phase) => phase !== 'ended');
  const groups = grouped(moments, (phase) => JSON.stringify(events.map((on) => closes(phase, on))));
  const rows = groups.map((group) => [names(group), ...events.map((on) => closes(group[0]!, on))]);
  const endsAlone = (on: EventType) => on === 'callerLeft' || on === 'jobEnding';
  const noTransfer = events.map((on) => (endsAlone(on) ? closed.endCall! : '—'));
  return markdownTable(
    ['when', ...events.map((on) => view.eventMeanings[on])],
    [['no transfer', ...noTransfer], ...rows],
  );
}

function closes(phase: Phase, on: EventType): string {
  const cell = table[phase][on];
  if (cell === 'never') return '—';
  // Whoever hangs up instead of answering refuses the dial, and its result says so.
  if (cell === 'ignore') return saidByTheDial(phase, on) ? closes(phase, 'dialRefused') : 'nothing';
  const back = cell.effects.includes('returnCaller') ? ['the caller is back with the AI'] : [];
  return [...cell.effects.flatMap((effect) => closed[effect] ?? []), ...back].join('; ');
}

const saidByTheDial = (phase: Phase, on: EventType) =>
  on === 'humanLeft' && typeof table[phase].dialRefused !== 'string';

/** The other steps bring caller and human closer together. */
const closesAnything = (step: Step) => step.effects.some((effect) => closed[effect] !== undefined);

/** All facts, but for those of the table on top, at which something closes. */
function others(): EventType[] {
  const ending = new Set(view.steps.filter(({ step }) => closesAnything(step)).map(({ on }) => on));
  return view.eventTypes.filter(
    (on) => ending.has(on) && ![...leavers, 'limitReached'].includes(on),
  );
}

function section(on: EventType): string[] {
  const moments = view.steps.filter((one) => one.on === on && closesAnything(one.step));
  const groups = grouped(moments, ({ step }) => JSON.stringify(step));
  const ignoring = phases.filter((phase) => phase !== 'ended' && table[phase][on] === 'ignore');
  const dial = ignoring.some((phase) => saidByTheDial(phase, on));
  const alone = `While ${names(ignoring)}: nothing closes by this alone.`;
  return [
    `## ${sentence(view.eventMeanings[on]).slice(0, -1)} (\`${on}\`)`,
    ...groups.flatMap(moment),
    ...(ignoring.length === 0 ? [] : [alone]),
    ...(dial ? ['Whoever hangs up before they answered refuses the dial (`dialRefused`).'] : []),
  ];
}

function moment(group: readonly view.NamedStep[]): string[] {
  const { step } = group[0]!;
  const when = group.map(({ from, on }) => {
    const limitMs = on === 'limitReached' ? limitOfPhase[from] : undefined;
    return `\`${from}\`${limitMs === undefined ? '' : ` (${seconds(limitMs)})`}`;
  });
  return [
    `### while ${when.join(', ')}`,
    numbered(step.effects.map(view.effectInWords)),
    `Outcome: ${view.outcomeInWords(step) ?? 'stays as it was'}. The caller is told: ${view.toldInWords(step) ?? 'nothing.'}`,
  ];
}

const outsideOfTransfers = [
  '## The end of a call (`endCall`)',
  bullets([
    'all of these begin at once, the last opened first; one that fails or hangs keeps no other from its work',
    'a transfer that is under way: as when the job ends',
    "the AI's session: closed",
    `the call room: deleted, again and again, until it is seen gone (at most ${seconds(limits.roomGoneMs)})`,
    'when all are done: the job is shut down',
  ]),
  '## The caller or the job leaves, and no transfer is under way',
  bullets(['the end of a call, as above']),
  "## The AI's session closes by itself",
  bullets([
    'no transfer is under way: the end of a call, as above',
    'a transfer is under way: it goes on, because the human can still take the call',
  ]),
];

function toldTable(): string {
  const rows = (Object.keys(policies) as OutcomeKind[]).map((kind) => [
    `\`${kind}\``,
    policies[kind].blame,
    policies[kind].tellCaller(words, view.spokenName) || 'nothing: nobody is there to hear it',
  ]);
  return markdownTable(['outcome', 'blame', 'words'], rows);
}

/** Neighbours that are alike, together. */
function grouped<T>(all: readonly T[], keyOf: (one: T) => string): T[][] {
  const groups: T[][] = [];
  for (const one of all) {
    const last = groups.at(-1);
    if (last && keyOf(last[0]!) === keyOf(one)) last.push(one);
    else groups.push([one]);
  }
  return groups;
}
