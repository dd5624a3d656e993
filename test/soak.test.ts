/** A short `pnpm soak`: a few calls, two at once, with people who hang up early and things that break. */
import { expect, test } from 'vitest';
import { planCalls } from '../lab/soak/plan.ts';
import { soak } from '../lab/soak/soak.ts';
import { prepare } from '../lab/setup/prepare.ts';
import { ofTime } from '../lab/starvation/of-time.ts';

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
  const judged = await soak({ ...plan, tools, atOnce: 2, ten: false, say });
  const error = new Error(lines.join('\n'));
  if (!judged.isGood) throw judged.ofTime ? ofTime(error) : error;
  expect(lines.join('\n')).toContain('worker killed 1/1 (connected)');
}, 900_000);
