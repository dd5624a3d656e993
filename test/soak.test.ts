/** A short `pnpm soak`: a few calls, two at once, with people who hang up early and things that break. */
import { expect, test } from 'vitest';
import { soak } from '../lab/soak/soak.ts';
import { prepare } from '../lab/setup/prepare.ts';

test('six calls, in which a worker is killed while two talk, leave nothing behind and are all on record', async () => {
  const tools = await prepare({ say: () => undefined });
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const isGood = await soak({ tools, calls: 6, seed: 56, atOnce: 2, ten: false, say });
  expect(isGood, lines.join('\n')).toBe(true);
}, 900_000);
