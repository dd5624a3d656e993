/**
 * A guard is a watch, a deadline or an undo of the application: a piece of its code, and the test that fails without it. The
 * lists are beside this file and are printed into docs/teardown.md. guards.test.ts looks whether all of it is still there; prove.ts
 * takes each away and sees its test fail.
 */

export type Guard = {
  kind: 'watch' | 'deadline' | 'undo';
  /** What it sees, limits or takes back. */
  what: string;
  /** Under agent/. */
  file: string;
  /** A piece of that file, there exactly once. White space does not count. */
  code: string;
  /** What is in its place when it is taken away; nothing when left out. */
  instead?: string;
  test: GuardTest;
};
type GuardTest = { /** Under agent/. */ file: string; /** A piece of its name. */ name: string };

type Row = readonly [what: string, code: string, test: string, instead?: string];

/** Guards of one file that are tested in one file, as rows. */
export const guardsOf = (
  kind: Guard['kind'],
  file: string,
  testFile: string,
  rows: readonly Row[],
): Guard[] =>
  rows.map(([what, code, name, instead]) => ({
    kind,
    what,
    file,
    code,
    test: { file: testFile, name },
    ...(instead !== undefined && { instead }),
  }));

/**
 * @returns the text of the guard's file without the guard.
 * @throws Error when its code is not there exactly once.
 */
export function without(text: string, { file, code, instead = '' }: Guard): string {
  const pattern = code
    .split(/\s+/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('\\s+');
  const found = [...text.matchAll(new RegExp(pattern, 'g'))];
  if (found.length !== 1) {
    throw new Error(`agent/${file} has ${found.length} of: ${code}\nMend docs/print/guards.ts.`);
  }
  return text.replace(found[0]![0], () => instead);
}
