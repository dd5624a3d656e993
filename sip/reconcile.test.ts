import { SIPInboundTrunkInfo } from 'livekit-server-sdk';
import { expect, test } from 'vitest';
import { differingFields, findConflicts, findDuplicates } from './reconcile.ts';

const trunk = (fields: Partial<SIPInboundTrunkInfo>) =>
  new SIPInboundTrunkInfo({ name: 'mine', numbers: ['+12025550100'], ...fields });

test('what only the server sets is no difference', () => {
  expect(differingFields(trunk({}), trunk({ sipTrunkId: 'ST_1' }))).toEqual([]);
});

test('a difference is named as in the file, whether it was changed, added or taken away', () => {
  const wanted = trunk({ numbers: ['+12025550101'], authUsername: 'u' });
  expect(differingFields(wanted, trunk({ allowedAddresses: ['198.18.0.1'] }))).toEqual([
    'numbers',
    'auth_username',
    'allowed_addresses',
  ]);
});

test('the order of headers is no difference', () => {
  const one = trunk({ headers: { 'X-A': '1', 'X-B': '2' } });
  expect(differingFields(one, trunk({ headers: { 'X-B': '2', 'X-A': '1' } }))).toEqual([]);
});

test.each([
  ['the same number', {}, {}, 1],
  ['the same number, written otherwise', {}, { numbers: ['1 (202) 555-0100'] }, 1],
  ['another number', {}, { numbers: ['+12025550101'] }, 0],
  ['one of several', { numbers: ['1', '2'] }, { numbers: ['2', '3'] }, 1],
  ['the same number for other callers', { allowedNumbers: ['1'] }, { allowedNumbers: ['2'] }, 0],
  [
    'the same number for one of the callers',
    { allowedNumbers: ['1'] },
    { allowedNumbers: ['1'] },
    1,
  ],
  ['the same number for everybody else', { allowedNumbers: ['1'] }, {}, 0],
  ['our own trunk', {}, { name: 'mine' }, 0],
])('conflict: %s', (_title, wanted, other, count) => {
  const existing = trunk({ name: 'theirs', sipTrunkId: 'ST_9', ...other });
  const conflicts = findConflicts(trunk(wanted), [existing]);
  expect(conflicts).toHaveLength(count);
  for (const text of conflicts) expect(text).toContain('trunk ST_9 ("theirs") already answers');
});

test('two of one name are ambiguous, one is not', () => {
  expect(findDuplicates([trunk({}), trunk({})], 'mine')).toHaveLength(1);
  expect(findDuplicates([trunk({}), trunk({ name: 'theirs' })], 'mine')).toEqual([]);
});
