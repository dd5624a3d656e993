/** The guards as tables, the last part of docs/teardown.md. */
import { deadlines } from '../guards/deadlines.ts';
import type { Guard } from '../guards/guard.ts';
import { undos } from '../guards/undos.ts';
import { watches } from '../guards/watches.ts';
import { markdownTable } from './markdown.ts';

export function guardSections(): string[] {
  return [
    '### Watches',
    tableOf(watches),
    '### Deadlines',
    tableOf(deadlines),
    '### Undos',
    tableOf(undos),
  ];
}

function tableOf(guards: readonly Guard[]): string {
  const rows = guards.map(({ what, file, test }) => [
    what,
    `\`${file}\``,
    `${test.name.replaceAll('%s', '…')} (\`${test.file}\`)`,
  ]);
  return markdownTable(['what', 'in', 'the test that fails without it'], rows);
}
