/** `pnpm docs:print`: writes the pages that are printed from code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printedPages, root } from './pages.ts';

for (const [file, text] of await printedPages()) {
  writeFileSync(join(root, file), text);
  console.log(`printed ${file}`);
}
