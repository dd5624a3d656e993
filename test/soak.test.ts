/** A short `pnpm soak`: a few calls, two at once, with people who hang up early and things that break. */
import { expect, test } from 'vitest';
import { planCalls } from '../lab/soak/plan.ts';
import { soak } from '../lab/soak/soak.ts';
import { prepare } from '../lab/setup/prepare.ts';

/** Found by trying: `planCalls` draws from it what the title says. */
const plan = { calls: 6, seed: 2226 };

test('six calls, in which a worker is killed while two talk, leave nothing behind and are all on record', async () => {
  const plans = planCalls(plan);
  const faults = plans.flatMap(({ fault }) => (fault ? [`${fault.kind}, ${fault.at}`] : []));
  expect(faults).toEqual(['worker killed, connected']);
  expect(plans.flatMap(({ early }) => early?.who ?? [])).toEqual(['human', 'caller']);
  const tools = await prepare({ say: () => undefined });
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const isGood = await soak({ ...plan, tools, atOnce: 2, ten: false, say });
  expect(isGood, lines.join('\n')).toBe(true);
  expect(lines.join('\n')).toContain('worker killed 1/1 (connected)');
}, 900_000);
