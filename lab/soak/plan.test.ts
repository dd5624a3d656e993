/** The plan of a soak: the same for the same seed, and with something of everything. */
import { expect, test } from 'vitest';
import {
  type CallPlan,
  edges,
  edgesWith,
  faultKinds,
  humans,
  planCalls,
  planInWords,
} from './plan.ts';

const faultsOf = (plans: readonly CallPlan[]) => plans.flatMap(({ fault }) => fault ?? []);

test('the same seed plans the same calls, another seed others', () => {
  const plans = planCalls({ calls: 50, seed: 7 });
  expect(planCalls({ calls: 50, seed: 7 })).toEqual(plans);
  expect(planCalls({ calls: 50, seed: 8 })).not.toEqual(plans);
});

test.each([1, 2, 3])('200 calls of seed %i meet every fault and every human', (seed) => {
  const plans = planCalls({ calls: 200, seed });
  expect(new Set(faultsOf(plans).map(({ kind }) => kind))).toEqual(new Set(faultKinds));
  expect(new Set(faultsOf(plans).map(({ at }) => at))).toEqual(new Set(edges));
  expect(new Set(plans.map(({ human }) => human))).toEqual(new Set(humans));
  const early = plans.flatMap((plan) => plan.early ?? []);
  expect(new Set(early.map(({ at }) => at))).toEqual(new Set(edges));
  expect(new Set(early.map(({ who }) => who))).toEqual(new Set(['caller', 'human']));
  expect(faultsOf(plans)).toHaveLength(25);
});

test('whatever is to happen, the call comes to the moment at which it does, and who is to hang up is there', () => {
  for (const { human, early, fault } of planCalls({ calls: 1_000, seed: 4 })) {
    const edge = (early ?? fault)?.at;
    if (edge) expect(edgesWith[human]).toContain(edge);
    if (early?.who === 'human') expect(['greeting', 'dialing', 'returning']).not.toContain(edge);
  }
});

test('a plan reads as a sentence', () => {
  const plan = { call: 3, human: 'is busy', last: 'caller' } as const;
  const at = { at: 'ringing', afterMs: 20 } as const;
  expect(planInWords(plan)).toBe('call 3: the human is busy; the caller hangs up last');
  expect(planInWords({ ...plan, early: { ...at, who: 'human' } })).toBe(
    'call 3: the human is busy; the human hangs up 20 ms after ringing',
  );
  expect(planInWords({ ...plan, fault: { ...at, kind: 'job killed' } })).toBe(
    'call 3: the human is busy; job killed 20 ms after ringing',
  );
});
