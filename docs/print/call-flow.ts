/**
 * docs/call-flow.md: the good case as a sequence diagram, the table as a state diagram, and each phase with its rows.
 * Only what comes before the transfer, and who is at which end of an arrow, is written here.
 */
import { holdWords } from '../../agent/hold-words.ts';
import { limitOfPhase, limits } from '../../agent/limits.ts';
import { words } from '../../agent/words.ts';
import { table } from '../../agent/transfer/table.ts';
import {
  type Effect,
  type EventType,
  type Phase,
  effectMeanings,
  phaseMeanings,
  phases,
} from '../../agent/transfer/vocabulary.ts';
import { fenced, markdownTable, names, page, printedFrom, seconds, sentence } from './markdown.ts';
import { eventMeanings, eventTypes, outcomeInWords, spokenName, steps } from './table-view.ts';

/** Between whom a fact or an effect of the good case goes. Those that are not here have no part in it. */
const arrows: Partial<Record<EventType | Effect, string>> = {
  humanRinging: 'human-->>ai',
  humanAnswered: 'human-->>ai',
  offerSpoken: 'ai->>ai',
  humanAccepted: 'human->>ai',
  lineCleared: 'ai->>ai',
  merged: 'human-->>ai',
  callerLeft: 'caller->>ai',
  brief: 'ai->>human',
  clearLine: 'ai->>ai',
  mergeLegs: 'ai->>human',
  leaveCall: 'ai->>ai',
  endCall: 'ai->>human',
};

const beforeTheTransfer = [
  'participant caller as Caller',
  'participant ai as AI',
  'participant human as Human',
  'caller->>ai: dials the number',
  'ai->>caller: answers and greets',
  'caller->>ai: asks for a person',
  'Note over ai: the model calls transfer_to_human',
  'ai->>caller: “One moment please”, then hold audio',
  'ai->>human: dials, from a room of its own',
];

const hangUp = { from: 'connected', on: 'callerLeft' } as const;
const theyTalk = 'Note over caller,human: they talk, and the AI hears nothing';

export function callFlowPage(): string {
  return page(
    '# Call flow',
    printedFrom,
    'How a transfer goes: facts on the left of a row lead to the next phase, and to effects that are performed in their order. ' +
      'What closes when somebody leaves is on [the page on the teardown](teardown.md).',
    '## The good case',
    fenced('mermaid', sequenceDiagram()),
    '## All ways',
    fenced('mermaid', stateDiagram()),
    '## Phases',
    ...phases.flatMap(phaseSection),
  );
}

/** The way on which every phase before `connected` is come through, and the caller's hang-up at its end. */
function goodCase(): { from: Phase; on: EventType }[] {
  const way = phases.slice(phases.indexOf('dialing'), phases.indexOf('connected') + 1);
  const between = way.slice(1).map((to, index) => {
    const found = steps.find(({ from, step }) => from === way[index] && step.to === to);
    if (!found) throw new Error(`The table has no step from ${way[index]} to ${to}.`);
    return { from: found.from, on: found.on };
  });
  return [...between, hangUp];
}

function sequenceDiagram(): string[] {
  const drawn = goodCase().flatMap(({ from, on }) => {
    const cell = table[from][on];
    if (typeof cell === 'string') throw new Error(`${on} does nothing while ${from}.`);
    return [
      ...(on === hangUp.on ? [theyTalk] : []),
      arrow(on, `${eventMeanings[on]} (${on})`),
      `Note over ai: ${cell.to}`,
      ...cell.effects.map((effect) => arrow(effect, effectMeanings[effect])),
    ];
  });
  return [
    'sequenceDiagram',
    ...[...beforeTheTransfer, 'Note over ai: dialing', ...drawn].map(indent),
  ];
}

function arrow(what: EventType | Effect, text: string): string {
  const ends = arrows[what];
  if (!ends) throw new Error(`${what} is part of the good case now: give it an arrow here.`);
  // Mermaid takes a semicolon for the end of a line.
  return `${ends}: ${text.replaceAll(';', ',').replaceAll('`', '')}`;
}

/** One arrow for each two phases, with the facts that lead along it. */
function stateDiagram(): string[] {
  const arrowsOf = phases.flatMap((from) =>
    phases.flatMap((to) => {
      const facts = steps.filter((one) => one.from === from && one.step.to === to);
      return facts.length === 0
        ? []
        : [`${from} --> ${to}: ${facts.map(({ on }) => on).join(', ')}`];
    }),
  );
  return ['stateDiagram-v2', ...['[*] --> dialing', ...arrowsOf, 'ended --> [*]'].map(indent)];
}

const indent = (line: string) => `  ${line}`;

function phaseSection(phase: Phase): string[] {
  const limitMs = limitOfPhase[phase];
  const onHold = holdWords(phase, words, spokenName);
  const own = steps.filter(({ from }) => from === phase);
  const withCell = (cell: 'ignore' | 'never') =>
    eventTypes.filter((on) => table[phase][on] === cell);
  const rows = own.map(({ on, step }) => [
    `\`${on}\``,
    `\`${step.to}\``,
    names(step.effects) || 'none',
    outcomeInWords(step) ?? '',
  ]);
  return [
    `### ${phase}`,
    [
      sentence(phaseMeanings[phase]),
      limitMs === undefined ? 'No limit.' : `At most ${seconds(limitMs)}.`,
    ].join(' '),
    ...(onHold === undefined
      ? []
      : [
          `After ${seconds(limits.holdWordsMs)} without words the caller on hold hears: “${onHold}”`,
        ]),
    markdownTable(['fact', 'next phase', 'effects, in this order', 'outcome'], rows),
    ...mayBe('May come late and changes nothing', withCell('ignore')),
    ...mayBe('Cannot happen, and is recorded as our fault', withCell('never')),
  ];
}

const mayBe = (what: string, events: readonly EventType[]): string[] =>
  events.length === 0 ? [] : [`${what}: ${names(events)}.`];
