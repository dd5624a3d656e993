import { describe, expect, test } from 'vitest';
import { inbound, look, rule } from './healthy.ts';
import type { Look } from './seen.ts';
import { sipVerdicts } from './sip-verdicts.ts';

const wrong = (seen: Look) => sipVerdicts(seen).filter(({ mend }) => mend !== undefined);

/** A rule of somebody else. */
const theirs = (changes: object = {}) =>
  rule({
    sipDispatchRuleId: 'SDR_2',
    roomConfig: { agents: [{ agentName: 'other' }] },
    ...changes,
  });
const [line, secondLine] = ['+12025550100', '+12025550101'];
const cloud = { url: 'wss://acme-x1y2z3.livekit.cloud' };
const metadata = '{"app":"livekit-warm-transfer","kind":"call"}';
const agents = [{ agentName: 'support-agent' }];
const openTrunk = inbound({ sipTrunkId: 'ST_theirs', name: 'theirs', allowedAddresses: [] });

describe('well', () => {
  test.each<[string, Look]>([
    [
      'a password instead of addresses',
      look(
        {},
        { inbound: [inbound({ allowedAddresses: [], authUsername: 'u', authPassword: 'p' })] },
      ),
    ],
    [
      'a rule of somebody else for another trunk',
      look({}, { rules: [rule(), theirs({ trunkIds: ['ST_x'] })] }),
    ],
    [
      'a rule of somebody else for all trunks',
      look({}, { rules: [theirs({ trunkIds: [] }), rule()] }),
    ],
    [
      'a rule of somebody else that comes after ours',
      look({}, { rules: [theirs({ rule: { dispatchRuleCallee: {} } }), rule()] }),
    ],
    [
      'a room for each call, named after the number that was called',
      look({}, { rules: [rule({ rule: { dispatchRuleCallee: { randomize: true } } })] }),
    ],
    [
      'a trunk with a number for each agent',
      look(
        {},
        {
          inbound: [inbound({ numbers: [line, secondLine] })],
          rules: [rule({ numbers: [line] }), theirs({ numbers: [secondLine] })],
        },
      ),
    ],
    [
      'a rule of ours for some callers alone',
      look({}, { rules: [rule({ inboundNumbers: ['+12025550147'] })] }),
    ],
    [
      'a number bought from LiveKit, and no trunk',
      look({}, { inbound: [], rules: [rule({ trunkIds: ['PN_PPN_1'] })] }),
    ],
    [
      'a number bought from LiveKit beside a trunk',
      look({}, { rules: [rule(), rule({ sipDispatchRuleId: 'SDR_3', trunkIds: ['PN_PPN_1'] })] }),
    ],
  ])('%s', (_, seen) => {
    expect(wrong(seen)).toEqual([]);
  });

  test.each<[string, Look]>([
    ['that is bound to one', look({}, { inbound: [], rules: [rule({ trunkIds: ['PN_PPN_1'] })] })],
    [
      'for everything, on LiveKit Cloud',
      look(cloud, { inbound: [], rules: [rule({ trunkIds: [] })] }),
    ],
  ])('without a trunk numbers bought from LiveKit ring, by a rule %s', (_, seen) => {
    expect(sipVerdicts(seen)[0]).toEqual({
      about: 'inbound trunk',
      says: 'there is none: only numbers bought from LiveKit ring here',
    });
  });

  test('callers whom another rule takes by name are mentioned', () => {
    const rules = [rule(), theirs({ inboundNumbers: ['+12025550147'] })];
    const seen = sipVerdicts(look({}, { rules }));
    expect(seen.map(({ says }) => says)).toContain(
      '"support-line": the callers whom it names go to rule SDR_2 (agent other)',
    );
    expect(wrong(look({}, { rules }))).toEqual([]);
  });
});

describe('trunks of others', () => {
  const both = (others: ReturnType<typeof inbound>) =>
    look(
      {},
      { inbound: [inbound(), others], rules: [rule(), theirs({ trunkIds: ['ST_theirs'] })] },
    );

  test('have no line when they are in order', () => {
    const seen = sipVerdicts(both(inbound({ sipTrunkId: 'ST_theirs' })));
    expect(seen.map(({ about }) => about)).not.toContain('inbound trunk ST_theirs');
  });

  test('are not blamed on us when they are open', () => {
    expect(wrong(both(openTrunk))).toEqual([
      {
        about: 'inbound trunk ST_theirs',
        says: expect.stringContaining('"theirs" is not this agent\'s, and not protected'),
        mend: expect.stringMatching(/lk sip inbound update --id ST_theirs/),
      },
    ]);
  });

  test('are ours as soon as a rule of ours covers them', () => {
    const rules = [rule({ trunkIds: ['ST_in', 'ST_theirs'] })];
    expect(wrong(look({}, { inbound: [inbound(), openTrunk], rules }))).toEqual([
      expect.objectContaining({ mend: expect.stringContaining('pnpm sip:setup') }),
    ]);
  });
});

describe('calls that go elsewhere', () => {
  test.each<[string, object, object, string]>([
    ['ours is for all trunks', { trunkIds: [] }, {}, 'take ST_in out'],
    [
      'both are for all trunks, and the other comes first',
      { trunkIds: [] },
      { trunkIds: [], rule: { dispatchRuleDirect: { roomName: 'r' } } },
      'pnpm sip:setup binds ours',
    ],
    [
      'the other comes first',
      {},
      { rule: { dispatchRuleDirect: { roomName: 'r' } } },
      'take ST_in out',
    ],
    ['the other is for that number', {}, { numbers: [line] }, 'lk sip dispatch delete SDR_2'],
    [
      'the other has a PIN',
      {},
      { rule: { dispatchRuleIndividual: { pin: '1' } } },
      'take ST_in out',
    ],
  ])('%s', (_, ours, others, mend) => {
    const [first, ...rest] = wrong(look({}, { rules: [rule(ours), theirs(others)] }));
    expect(first).toEqual({
      about: 'inbound trunk ST_in',
      says: `calls to ${line} go to rule SDR_2 (agent other), not to support-agent`,
      mend: expect.stringContaining(mend),
    });
    expect(rest.map(({ about }) => about)).toEqual(
      'trunkIds' in ours ? ['dispatch rule SDR_1'] : [],
    );
  });

  test('only those to one of the numbers', () => {
    const seen = look(
      {},
      {
        inbound: [inbound({ numbers: [line, secondLine] })],
        rules: [rule(), theirs({ numbers: [secondLine], roomConfig: {} })],
      },
    );
    expect(wrong(seen).map(({ says }) => says)).toEqual([
      `calls to ${secondLine} go to rule SDR_2 (no agent), not to support-agent`,
    ]);
  });

  test('to any number of a trunk that has none', () => {
    const seen = look(
      {},
      { inbound: [inbound({ numbers: [] })], rules: [rule({ trunkIds: [] }), theirs()] },
    );
    expect(wrong(seen)[0]!.says).toMatch(/^calls go to rule SDR_2/);
  });
});

const ruled = (changes: object) => look({}, { rules: [rule(changes)] });

test.each<[string, Look, string, string]>([
  ['no inbound trunk', look({}, { inbound: [] }), 'nobody can call', 'sip:setup'],
  [
    'no inbound trunk on LiveKit Cloud, and no rule for a bought number',
    look(cloud, { inbound: [] }),
    'nobody can call',
    'sip/README.md',
  ],
  [
    'a trunk that takes calls from everybody',
    look({}, { inbound: [inbound({ allowedAddresses: [] })] }),
    'takes calls from anybody',
    'inbound-trunk.json',
  ],
  [
    'a trunk that asks for nothing but a number',
    look({}, { inbound: [inbound({ allowedAddresses: [], allowedNumbers: ['+12025550147'] })] }),
    'caller numbers can be forged, so allowed_numbers alone protects nothing',
    'inbound-trunk.json',
  ],
  [
    'a trunk that allows every address',
    look({}, { inbound: [inbound({ allowedAddresses: ['0.0.0.0/0'] })] }),
    'lets everybody in',
    'inbound-trunk.json',
  ],
  [
    'a trunk without a rule',
    look({}, { inbound: [inbound(), inbound({ sipTrunkId: 'ST_2' })] }),
    'answered by nobody',
    'lk sip inbound delete ST_2',
  ],
  [
    'a number without a rule',
    look(
      {},
      { inbound: [inbound({ numbers: [line, secondLine] })], rules: [rule({ numbers: [line] })] },
    ),
    `calls to ${secondLine} are answered by nobody`,
    'sip/dispatch-rule.json',
  ],
  [
    'an outbound trunk that is gone',
    look({}, { outbound: [] }),
    'no human can be rung',
    'sip:setup',
  ],
  ['a rule that names no agent', look({ agentName: 'other' }), 'name support-agent', 'AGENT_NAME'],
  [
    'a rule for all trunks',
    ruled({ trunkIds: [] }),
    'is bound to no trunk: calls that no trunk accepts are answered too',
    'pnpm sip:setup',
  ],
  [
    'a rule for a trunk that is gone',
    look({}, { rules: [rule(), rule({ sipDispatchRuleId: 'SDR_3', trunkIds: ['ST_gone'] })] }),
    'is bound to ST_gone, which is not there',
    'lk sip dispatch delete SDR_3',
  ],
  [
    'one room for all callers',
    ruled({ rule: { dispatchRuleDirect: { roomName: 'all' } } }),
    'hear each other',
    'sip:setup',
  ],
  [
    'one room for all who call a number',
    ruled({ rule: { dispatchRuleCallee: { roomPrefix: 'n' } } }),
    'puts all callers into one room',
    'sip:setup',
  ],
  [
    'one room for all numbers that end alike',
    ruled({ rule: { dispatchRuleIndividual: { noRandomness: true } } }),
    'whose numbers end alike',
    'sip:setup',
  ],
  [
    'two agents for one caller',
    ruled({ roomConfig: { metadata, agents: [...agents, { agentName: 'other' }] } }),
    'support-agent and other',
    'sip:setup',
  ],
  ['rooms without a mark', ruled({ roomConfig: { agents } }), 'no mark', 'sip:setup'],
  [
    'rooms with a mark that only looks like ours',
    ruled({ roomConfig: { agents, metadata: '{"app":"livekit-warm-transfer"}' } }),
    'no mark',
    'sip:setup',
  ],
  [
    'numbers in the names of rooms',
    ruled({ hidePhoneNumber: false }),
    "rooms are named after the callers' phone numbers, which then stand in logs",
    'sip:setup',
  ],
])('%s is said, with how to mend it', (_, seen, says, mend) => {
  expect(wrong(seen)).toHaveLength(1);
  expect(wrong(seen)[0]!.says).toContain(says);
  expect(wrong(seen)[0]!.mend).toContain(mend);
});

test('without a trunk on a server of ones own, a rule for everything lets in whoever finds it', () => {
  expect(wrong(look({}, { inbound: [], rules: [rule({ trunkIds: [] })] }))).toHaveLength(2);
});

test('whatever the order in which the server lists them, the report is the same', () => {
  const names = [
    ['ST_1', 'west'],
    ['ST_3', 'east'],
    ['ST_2', 'east'],
  ] as const;
  const trunks = names.map(([sipTrunkId, name]) => inbound({ sipTrunkId, name }));
  const rules = ['SDR_2', 'SDR_1'].map((sipDispatchRuleId) => rule({ sipDispatchRuleId }));
  const seen = sipVerdicts(look({}, { inbound: trunks, rules }));
  expect(seen.map(({ about }) => about)).toEqual([
    'inbound trunk ST_2',
    'inbound trunk ST_3',
    'inbound trunk ST_1',
    'outbound trunk ST_out',
    'dispatch rule SDR_1',
    'dispatch rule SDR_2',
  ]);
  const others = ['b', 'a'].map((agentName) => rule({ roomConfig: { agents: [{ agentName }] } }));
  expect(wrong(look({}, { rules: others })).at(-1)!.says).toContain('name a, b:');
});
