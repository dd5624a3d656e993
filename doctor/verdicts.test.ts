import { SIPDispatchRuleInfo, SIPInboundTrunkInfo, SIPOutboundTrunkInfo } from 'livekit-server-sdk';
import { describe, expect, test } from 'vitest';
import { type Look, verdictsOn } from './verdicts.ts';

const inbound = (changes = {}) =>
  new SIPInboundTrunkInfo({
    sipTrunkId: 'ST_in',
    name: 'support-line',
    numbers: ['+12025550100'],
    allowedAddresses: ['203.0.113.0/24'],
    ...changes,
  });
const rule = (changes = {}) =>
  SIPDispatchRuleInfo.fromJson({
    sipDispatchRuleId: 'SDR_1',
    rule: { dispatchRuleIndividual: { roomPrefix: 'call-' } },
    trunkIds: ['ST_in'],
    roomConfig: {
      metadata: '{"app":"livekit-warm-transfer","kind":"call"}',
      agents: [{ agentName: 'support-agent' }],
    },
    ...changes,
  });
const outbound = [
  new SIPOutboundTrunkInfo({ sipTrunkId: 'ST_out', name: 'out', address: 'sip.example.com' }),
];

/** A project in which all is well. */
function look(changes: Partial<Look> = {}, sip: Partial<NonNullable<Look['sip']>> = {}): Look {
  return {
    url: 'wss://project.example.com',
    agentName: 'support-agent',
    outboundTrunkId: 'ST_out',
    faults: [],
    access: 'accepted',
    clockAheadS: 0,
    sip: { inbound: [inbound()], outbound, rules: [rule()], ...sip },
    canMove: true,
    webhook: { url: 'https://example.com/messages', answer: 200 },
    orphans: [],
    ...changes,
  };
}

const wrong = (seen: Look) => verdictsOn(seen).filter(({ mend }) => mend !== undefined);

describe('all is well', () => {
  test('each thing has a line, and nothing is to be mended', () => {
    expect(wrong(look())).toEqual([]);
    expect(verdictsOn(look()).map(({ about }) => about)).toEqual([
      'configuration',
      'credentials',
      'clock',
      'inbound trunk ST_in',
      'outbound trunk ST_out',
      'dispatch rule SDR_1',
      'merge',
      'message webhook',
      'rooms',
    ]);
  });

  test.each<[string, Look]>([
    ['a clock 30 s ahead', look({ clockAheadS: 30 })],
    ['a clock 30 s behind', look({ clockAheadS: -30 })],
    ['a receiver that wants a POST', look({ webhook: { url: 'https://a.example', answer: 405 } })],
    [
      'a receiver that wants a signature',
      look({ webhook: { url: 'https://a.example', answer: 401 } }),
    ],
    ['a rule for all trunks', look({}, { rules: [rule({ trunkIds: [] })] })],
    [
      'a password instead of addresses',
      look(
        {},
        {
          inbound: [inbound({ allowedAddresses: [], authUsername: 'u', authPassword: 'p' })],
        },
      ),
    ],
    [
      'a rule of somebody else beside ours',
      look({}, { rules: [rule(), rule({ roomConfig: { agents: [{ agentName: 'other' }] } })] }),
    ],
  ])('%s', (_, seen) => {
    expect(wrong(seen)).toEqual([]);
  });
});

test.each<[string, Look, string, string]>([
  [
    'a fault of the environment',
    look({ faults: ['HUMAN_NUMBER is missing.'] }),
    'HUMAN_NUMBER',
    '.env.local',
  ],
  ['a wrong key', look({ access: 'refused' }), 'refuses', 'copy LIVEKIT_API_KEY'],
  ['a server that is away', look({ access: 'no answer' }), 'nothing answers', 'LIVEKIT_URL'],
  ['a clock ahead', look({ clockAheadS: 31 }), '31 s ahead of', 'timedatectl'],
  ['a clock behind', look({ clockAheadS: -3600 }), '3600 s behind', 'timedatectl'],
  ['no inbound trunk', look({}, { inbound: [] }), 'nobody can call', 'sip:setup'],
  [
    'a trunk that takes calls from everybody',
    look({}, { inbound: [inbound({ allowedAddresses: [] })] }),
    'not protected',
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
    look({}, { rules: [rule({ trunkIds: ['ST_other'] })] }),
    'answered by nobody',
    'lk sip inbound delete ST_in',
  ],
  [
    'an outbound trunk that is gone',
    look({}, { outbound: [] }),
    'no human can be rung',
    'sip:setup',
  ],
  ['a rule that names no agent', look({ agentName: 'other' }), 'name support-agent', 'AGENT_NAME'],
  [
    'one room for all callers',
    look({}, { rules: [rule({ rule: { dispatchRuleDirect: { roomName: 'all' } } })] }),
    'hear each other',
    'sip:setup',
  ],
  [
    'two agents for one caller',
    look(
      {},
      {
        rules: [
          rule({
            roomConfig: {
              metadata: '{"app":"livekit-warm-transfer"}',
              agents: [{ agentName: 'support-agent' }, { agentName: 'other' }],
            },
          }),
        ],
      },
    ),
    'support-agent and other',
    'sip:setup',
  ],
  [
    'rooms without a mark',
    look({}, { rules: [rule({ roomConfig: { agents: [{ agentName: 'support-agent' }] } })] }),
    'no mark',
    'sip:setup',
  ],
  ['a server without MoveParticipant', look({ canMove: false }), 'MoveParticipant', 'lab/server'],
  [
    'a receiver that is down',
    look({ webhook: { url: 'https://a.example', answer: 'no answer (ECONNREFUSED)' } }),
    'ECONNREFUSED',
    'MESSAGE_WEBHOOK_URL',
  ],
  [
    'a receiver that is broken',
    look({ webhook: { url: 'https://a.example', answer: 502 } }),
    '502',
    'receiver',
  ],
  [
    'a receiver at another path',
    look({ webhook: { url: 'https://a.example', answer: 404 } }),
    '404',
    'correct',
  ],
  [
    'a room that was left behind',
    look({ orphans: [{ room: 'call-1', kind: 'call', people: 1, mayEnd: true }] }),
    'call-1 has lost its AI; 1 person is in it',
    '--fix',
  ],
  [
    'two who talk, unwatched',
    look({ orphans: [{ room: 'call-1', kind: 'call', people: 2, mayEnd: false }] }),
    '2 people are in it',
    'lk room delete call-1',
  ],
])('%s is said, with how to mend it', (_, seen, says, mend) => {
  expect(wrong(seen)).toHaveLength(1);
  expect(wrong(seen)[0]!.says).toContain(says);
  expect(wrong(seen)[0]!.mend).toContain(mend);
});

test('what could not be asked has no line', () => {
  const { sip: _, clockAheadS: __, canMove: ___, webhook: ____, orphans: _____, ...rest } = look();
  expect(verdictsOn(rest).map(({ about }) => about)).toEqual(['configuration', 'credentials']);
});
