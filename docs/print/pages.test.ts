/** The pages that are printed from code say what the code does now. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { phases } from '../../agent/transfer/vocabulary.ts';
import { printedPages, root } from './pages.ts';
import { eventTypes, steps } from './table-view.ts';

const files = ['docs/call-flow.md', 'docs/teardown.md', 'README.md'];
const inRepository = (file: string) => readFileSync(join(root, file), 'utf8');
let pages: ReadonlyMap<string, string>;
beforeAll(async () => void (pages = await printedPages()));

test('these pages are printed', () => expect([...pages.keys()].sort()).toEqual([...files].sort()));

test.each(files)('%s is not stale', (file) => {
  expect(
    inRepository(file) === pages.get(file),
    `${file} is stale. Run \`pnpm docs:print\` and commit what it writes.`,
  ).toBe(true);
});

test.each(files)('every link of %s within the repository leads somewhere', (file) => {
  const links = [...pages.get(file)!.matchAll(/\]\(([^)#]+)\)/g)]
    .map((match) => match[1]!)
    .filter((link) => !/^https?:/.test(link));
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter((link) => !existsSync(join(root, dirname(file), link)))).toEqual([]);
});

describe('nothing of the table is missing', () => {
  const sectionOf = (phase: string) =>
    pages
      .get('docs/call-flow.md')!
      .split('\n### ')
      .find((text) => text.startsWith(`${phase}\n`))!;

  test.each(phases)('%s has every fact once', (phase) => {
    const section = sectionOf(phase);
    for (const on of eventTypes) {
      expect(section.split(`\`${on}\``), `${on} in ${phase}`).toHaveLength(2);
    }
  });

  test('every step is an arrow of the state diagram', () => {
    const diagram = pages.get('docs/call-flow.md')!.split('stateDiagram-v2')[1]!.split('```')[0]!;
    const missing = steps.filter(
      ({ from, on, step }) => !new RegExp(`${from} --> ${step.to}: .*\\b${on}\\b`).test(diagram),
    );
    expect(missing).toEqual([]);
  });

  test('every step that ends something is in the page on the teardown', () => {
    const text = pages.get('docs/teardown.md')!;
    const ending = steps.filter(
      ({ step }) => step.effects.includes('endCall') || step.effects.includes('returnCaller'),
    );
    const missing = ending.filter(({ from, on }) => {
      const section =
        text.split('\n## ').find((one) => one.split('\n')[0]!.endsWith(`(\`${on}\`)`)) ?? '';
      return !new RegExp(`^### while .*\`${from}\``, 'm').test(section);
    });
    expect(ending.length).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });
});
