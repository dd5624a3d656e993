/** The check on messages that callers leave: kept before they are told so, none lost, each acknowledged once. */
import type { Words } from '../../agent/words.ts';
import { spokenNames } from '../network/departments.ts';
import { firstSentence } from '../standins/sentences.ts';
import { isAcknowledged } from '../standins/webhook.ts';
import type { Check } from './world.ts';

/** How the AI begins to say that a message is on the disk, by the department that it is for. */
const told = ({ messages }: Words): string[] =>
  Object.values(spokenNames).map((name) => firstSentence(messages.isKept(name)));

export const messagesDelivered: Check = ({ expected, words, events, spoken, messages }) => {
  const taken = events.flatMap((e) =>
    e.type === 'messageTaken' ? [{ id: e.message, atMs: e.atMs }] : [],
  );
  const toldAtMs = spoken
    .filter(({ sentence }) => told(words).includes(sentence))
    .map(({ atMs }) => atMs);
  const { requests, waiting } = messages;
  const ownOf = (id: string) => requests.filter((request) => request.id === id);
  const acknowledgedOf = (id: string) => ownOf(id).filter(isAcknowledged).length;
  const faults = [
    ...taken.flatMap(({ id }) => {
      const acknowledged = acknowledgedOf(id);
      if (acknowledged === 0) return [];
      if (acknowledged > 1) return [`a message acknowledged ${acknowledged} times`];
      return isAcknowledged(ownOf(id).at(-1)!) ? [] : ['a message sent after it was acknowledged'];
    }),
    ...requests
      .filter(({ id }) => !taken.some((message) => message.id === id))
      .map(() => 'a message that nobody confirmed'),
    ...requests.filter(({ isSigned }) => !isSigned).map(() => 'a request with a wrong signature'),
    ...toldAtMs
      .filter((atMs, i) => atMs < (taken[i]?.atMs ?? Infinity))
      .map(() => 'a caller told of a message that was not kept'),
  ];
  const late = [
    ...taken
      .filter(({ id }) => acknowledgedOf(id) === 0)
      .map(() => 'a message that was not acknowledged'),
    ...waiting.map((file) => `left: ${file}`),
  ];
  const wanted = expected.messages ?? [];
  const got = requests.filter(isAcknowledged).map(({ body }) => body.data);
  if (got.length !== wanted.length || !wanted.every((one, i) => isSame(one, got[i]!))) {
    // What was understood of a torn line is another message.
    late.push(`${got.length} delivered that are not the ${wanted.length} of the story`);
  }
  const all = [...faults, ...late];
  const figure = `${taken.length} taken, ${requests.length} requests`;
  return {
    check: 'messages kept and delivered once',
    pass: all.length === 0,
    figure: all.length === 0 ? figure : `${all.join(', ')} (${figure})`,
    ofTime: faults.length === 0,
  };
};

const isSame = (wanted: Record<string, string>, got: Record<string, unknown>) =>
  Object.entries(wanted).every(([field, value]) => got[field] === value);
