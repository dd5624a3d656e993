/** A project in which all is well, for tests, which change the one thing that they are about. */
import { SIPDispatchRuleInfo, SIPInboundTrunkInfo, SIPOutboundTrunkInfo } from 'livekit-server-sdk';
import type { Look, Sip } from './seen.ts';

export const inbound = (changes: Partial<SIPInboundTrunkInfo> = {}): SIPInboundTrunkInfo =>
  new SIPInboundTrunkInfo({
    sipTrunkId: 'ST_in',
    name: 'support-line',
    numbers: ['+12025550100'],
    allowedAddresses: ['203.0.113.0/24'],
    ...changes,
  });

/** @param changes as in JSON. */
export const rule = (changes: object = {}): SIPDispatchRuleInfo =>
  SIPDispatchRuleInfo.fromJson({
    sipDispatchRuleId: 'SDR_1',
    rule: { dispatchRuleIndividual: { roomPrefix: 'call-' } },
    trunkIds: ['ST_in'],
    hidePhoneNumber: true,
    roomConfig: {
      metadata: '{"app":"livekit-warm-transfer","kind":"call"}',
      agents: [{ agentName: 'support-agent' }],
    },
    ...changes,
  });

export function look(changes: Partial<Look> = {}, sip: Partial<Sip> = {}): Look {
  const outbound = [
    new SIPOutboundTrunkInfo({ sipTrunkId: 'ST_out', name: 'out', address: 'sip.example.com' }),
  ];
  return {
    url: 'wss://project.example.com',
    agentName: 'support-agent',
    outboundTrunkId: 'ST_out',
    faults: [],
    access: { kind: 'accepted' },
    clockAheadS: 0,
    sip: { inbound: [inbound()], outbound, rules: [rule()], ...sip },
    canMove: true,
    webhook: { url: 'https://example.com/messages', answer: { method: 'HEAD', status: 200 } },
    rooms: { orphans: [], unseen: 0 },
    ...changes,
  };
}
