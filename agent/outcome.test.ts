/** What a caller hears who was not connected: something for every outcome, and nothing that may turn out false. */
import { describe, expect, test } from 'vitest';
import { type OutcomeKind, policies } from './outcome.ts';
import { table } from './transfer/table.ts';
import { words } from './words.ts';

const kinds = Object.keys(policies) as OutcomeKind[];
const name = 'our billing team';
const wordsFor = (kind: OutcomeKind) => policies[kind].tellCaller(words, name);

/** The outcomes with which the table gives the caller back to the AI. */
const returning = Object.values(table)
  .flatMap((row) => Object.values(row))
  .flatMap((cell) => (typeof cell !== 'string' && cell.to === 'returning' ? [cell.outcome] : []));

describe('words for the caller', () => {
  // What a dial reports leads back to the AI, too; the table does not know which of these it is.
  const reported: OutcomeKind[] = [
    'busy',
    'declined',
    'no_answer',
    'unreachable',
    'carrier_blocked',
    'trunk_failed',
  ];
  const told = new Set(
    [...returning, ...reported].filter(
      (kind): kind is OutcomeKind => kind !== 'reported' && kind !== undefined,
    ),
  );

  test.each([...told])('%s says whom they did not reach', (kind) => {
    expect(wordsFor(kind)).toContain(name);
  });

  test('are left out only where no caller is left to hear them', () => {
    expect(kinds.filter((kind) => wordsFor(kind) === '').sort()).toEqual([
      'abandoned',
      'cancelled',
      'connected',
    ]);
  });

  test.each(kinds)('%s promises nothing that nobody has arranged', (kind) => {
    expect(wordsFor(kind)).not.toMatch(/\b(will|shortly|soon|back to you|call you back|hold)\b/i);
  });

  test.each(kinds)('%s does not claim to know what a telephone cannot tell', (kind) => {
    // Busy phones may have been pushed away, refusing ones may be blocked, dead lines may be switched off.
    expect(wordsFor(kind)).not.toMatch(
      /another call|switched off|not there|not want|wrong number|blocked/i,
    );
  });

  test.each(kinds.filter((kind) => kind !== 'no_answer'))(
    '%s does not say that it rang',
    (kind) => {
      expect(wordsFor(kind)).not.toMatch(/\b(ring|rang|rung|pick|answer)/i);
    },
  );

  test.each(kinds)('%s tells no digits and nothing that cannot be spoken', (kind) => {
    expect(wordsFor(kind)).toMatch(/^[A-Za-z ,.?'’]*$/);
  });

  test('tell the reasons apart', () => {
    const said = kinds.map(wordsFor).filter((text) => text !== '');
    expect(new Set(said).size).toBe(said.length);
  });
});

describe('what comes next', () => {
  test.each(kinds)('after %s is nothing exactly where nobody is left to hear words', (kind) => {
    expect(policies[kind].next === 'nobody is left').toBe(wordsFor(kind) === '');
  });

  test('is the AI and no other number when we could not merge', () => {
    const back = kinds.filter((kind) => policies[kind].next === 'back to the AI');
    expect(back).toEqual(['merge_failed']);
  });
});

describe('blame', () => {
  test.each<[OutcomeKind, string]>([
    ['connected', 'nobody'],
    ['abandoned', 'caller'],
    ['trunk_failed', 'us'],
    ['merge_failed', 'us'],
    ['cancelled', 'us'],
    ['busy', 'human'],
    ['declined', 'human'],
  ])('for %s is with %s', (kind, blame) => expect(policies[kind].blame).toBe(blame));
});
