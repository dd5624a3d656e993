/** `node lab/setup/run.ts`: prepares the lab and prints where its programs are. `pnpm test` runs it first. */

import { prepare } from './prepare.ts';
import { SetupError } from './setup-error.ts';

try {
  const tools = await prepare({ say: (line) => console.log(line) });
  for (const [name, path] of Object.entries(tools)) console.log(`${name.padEnd(14)}${path}`);
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exitCode = 1;
}
