/** The pages that are printed from code, as they must be in the repository. Called by print.ts and by the test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { callFlowPage } from './call-flow.ts';
import { teardownPage, whoLeftTable } from './teardown.ts';

export const root = join(import.meta.dirname, '..', '..');

/** Between these two lines of the README is the short table of the page on the teardown. */
const [begin, end] = [
  '<!-- who left: printed by `pnpm docs:print` -->',
  '<!-- end of who left -->',
];

/** @returns the text of each page by its path in the repository. @throws Error when the README has no place for its table. */
export async function printedPages(): Promise<ReadonlyMap<string, string>> {
  const pages = { 'docs/call-flow.md': callFlowPage(), 'docs/teardown.md': teardownPage() };
  const readme = withTable(readFileSync(join(root, 'README.md'), 'utf8'));
  const texts = Object.entries({ ...pages, 'README.md': readme });
  return new Map(
    await Promise.all(
      texts.map(async ([file, text]): Promise<[string, string]> => [
        file,
        await pretty(file, text),
      ]),
    ),
  );
}

function withTable(readme: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md needs the lines\n${begin}\n${end}`);
  return `${readme.slice(0, from)}${begin}\n\n${whoLeftTable()}\n\n${readme.slice(to)}`;
}

async function pretty(file: string, text: string): Promise<string> {
  const filepath = join(root, file);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}
