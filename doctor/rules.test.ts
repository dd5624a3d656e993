/** Which rule takes a call: the cases in which livekit-server's own order decides. */
import { SIPDispatchRuleInfo } from 'livekit-server-sdk';
import { expect, test } from 'vitest';
import { type Call, ruleFor } from './rules.ts';

const trunkId = 'ST_1';
const [line, otherLine] = ['+12025550100', '+12025550101'];
const caller = '+12025550147';

type Json = Parameters<typeof SIPDispatchRuleInfo.fromJson>[0];

/** Rules by the letters under which the table speaks of them. */
const rules: Record<string, Json> = {
  direct: { rule: { dispatchRuleDirect: { roomName: 'm' } } },
  individual: { rule: { dispatchRuleIndividual: { roomPrefix: 'm' } } },
  early: { rule: { dispatchRuleIndividual: { roomPrefix: 'a' } } },
  callee: { rule: { dispatchRuleCallee: { roomPrefix: 'm', randomize: true } } },
  pinned: { rule: { dispatchRuleCallee: { roomPrefix: 'm', pin: '1234' } } },
  bound: { trunkIds: [trunkId], rule: { dispatchRuleCallee: { roomPrefix: 'm' } } },
  boundElsewhere: { trunkIds: ['ST_2'], rule: { dispatchRuleDirect: { roomName: 'm' } } },
  forLine: { numbers: [line], rule: { dispatchRuleCallee: { roomPrefix: 'm' } } },
  forCaller: { inboundNumbers: [caller], rule: { dispatchRuleCallee: { roomPrefix: 'm' } } },
  forBoth: {
    numbers: [line],
    inboundNumbers: [caller],
    rule: { dispatchRuleCallee: { roomPrefix: 'm' } },
  },
  unknown: { trunkIds: [trunkId] },
};

const call: Call = { trunkId, to: line };
const named: Call = { ...call, from: caller };

test.each<[string, string[], Call, string | undefined]>([
  ['nobody', [], call, undefined],
  ['the only one', ['individual'], call, 'individual'],
  ['none that is bound to another trunk', ['boundElsewhere'], call, undefined],
  [
    'the one for all trunks, when the other is bound elsewhere',
    ['boundElsewhere', 'callee'],
    call,
    'callee',
  ],
  ['the one that is bound to the trunk, whatever the kind', ['direct', 'bound'], call, 'bound'],
  ['the one that is bound, even before one with a PIN', ['pinned', 'bound'], call, 'bound'],
  ['the one that is bound, even before one for the number', ['forBoth', 'bound'], named, 'bound'],
  ['direct before individual', ['individual', 'direct'], call, 'direct'],
  ['individual before callee', ['callee', 'individual'], call, 'individual'],
  ['one with a PIN before any open one', ['direct', 'pinned'], call, 'pinned'],
  ['one for the number before one with a PIN', ['pinned', 'forLine'], call, 'forLine'],
  ['one for the number before one for all', ['direct', 'forLine'], call, 'forLine'],
  ['none for another number', ['forLine'], { trunkId, to: otherLine }, undefined],
  ['none for a certain number, when it is not known', ['forLine'], { trunkId }, undefined],
  ['one for the caller before one for all', ['direct', 'forCaller'], named, 'forCaller'],
  ['none for another caller', ['forCaller', 'callee'], call, 'callee'],
  ['one for both before one for either', ['forLine', 'forCaller', 'forBoth'], named, 'forBoth'],
  ['the earlier prefix of two that are equal', ['individual', 'early'], call, 'early'],
  ['none of a kind that is not known', ['unknown'], call, undefined],
])('%s', (_, names, of, expected) => {
  const made = (name: string) =>
    SIPDispatchRuleInfo.fromJson({ ...(rules[name] as object), sipDispatchRuleId: name });
  for (const order of [names, names.toReversed()]) {
    expect(ruleFor(order.map(made), of)?.sipDispatchRuleId).toBe(expected);
  }
});
