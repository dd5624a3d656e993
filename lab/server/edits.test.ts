import { expect, test } from 'vitest';
import { applyEdit, type Edit } from './edits.ts';

const edit: Edit = { file: 'a.go', find: 'old()\n', replace: 'new()\n', why: 'Because.' };

test('replaces the text and keeps the rest', () => {
  expect(applyEdit('one\nold()\ntwo\n', edit)).toBe('one\nnew()\ntwo\n');
});

test('takes the replacement literally', () => {
  expect(applyEdit('old()\n', { ...edit, replace: "$& $1 $'" })).toBe("$& $1 $'");
});

test.each([
  ['nowhere', 'one\n'],
  ['more than once', 'old()\nold()\n'],
])('refuses a file that has the text %s, and names the file and the edit', (where, text) => {
  expect(() => applyEdit(text, edit)).toThrow(
    new RegExp(`a\\.go is not what .*edits\\.ts expects .*"Because\\." ${where}`),
  );
});
