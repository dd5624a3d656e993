/** What a look at a project means, in plain words, and how to mend what is wrong. Pure; main.ts prints it. */
import type {
  SIPDispatchRuleInfo,
  SIPInboundTrunkInfo,
  SIPOutboundTrunkInfo,
} from 'livekit-server-sdk';
import { checkProtection } from '../sip/checks.ts';
import { APPLICATION } from '../agent/guardian/mark.ts';
import type { Orphan } from './orphans.ts';

/** One line of the report; something is wrong exactly when `mend` says what to do. */
export type Verdict = { about: string; says: string; mend?: string };

/** What was seen. What could not be asked is left out. */
export type Look = {
  url: string;
  agentName: string;
  outboundTrunkId: string | undefined;
  /** Sentences on the environment and the directory file. */
  faults: readonly string[];
  access: 'accepted' | 'refused' | 'no answer';
  /** How far this machine's clock is before the server's; negative when behind. */
  clockAheadS?: number | undefined;
  sip?: {
    inbound: readonly SIPInboundTrunkInfo[];
    outbound: readonly SIPOutboundTrunkInfo[];
    rules: readonly SIPDispatchRuleInfo[];
  };
  canMove?: boolean;
  /** What came back from the receiver of messages: a status, or why nothing came. */
  webhook?: { url: string; answer: number | string };
  orphans?: readonly Orphan[];
};

/** A token is valid from the second in which it was signed, and servers forgive little. */
const clockLimitS = 30;

export function verdictsOn(look: Look): Verdict[] {
  return [
    ...configuration(look),
    access(look),
    ...clock(look),
    ...inboundTrunks(look),
    ...outboundTrunk(look),
    ...dispatchRules(look),
    ...merge(look),
    ...webhook(look),
    ...orphans(look),
  ];
}

function configuration({ faults }: Look): Verdict[] {
  const about = 'configuration';
  if (faults.length === 0) return [{ about, says: 'complete' }];
  return faults.map((fault) => ({
    about,
    says: fault,
    mend: 'put it right in .env.local or agent/directory.yaml; .env.example says what each value is',
  }));
}

function access({ url, access: answer }: Look): Verdict {
  const about = 'credentials';
  if (answer === 'accepted') return { about, says: `${url} accepts them` };
  if (answer === 'refused') {
    const mend = "copy LIVEKIT_API_KEY and LIVEKIT_API_SECRET again from the project's settings";
    return { about, says: `${url} refuses them`, mend };
  }
  const mend = 'check LIVEKIT_URL, and that the server runs and can be reached from here';
  return { about: 'server', says: `nothing answers at ${url}`, mend };
}

function clock({ clockAheadS }: Look): Verdict[] {
  if (clockAheadS === undefined) return [];
  const about = 'clock';
  const apartS = Math.abs(Math.round(clockAheadS));
  if (apartS <= clockLimitS) return [{ about, says: `within ${clockLimitS} s of the server's` }];
  const how = clockAheadS > 0 ? 'ahead of' : 'behind';
  return [
    {
      about,
      says: `this machine is ${apartS} s ${how} the server; tokens signed here may be refused`,
      mend: 'have the clock set by the network (timedatectl set-ntp true)',
    },
  ];
}

function inboundTrunks({ sip }: Look): Verdict[] {
  if (!sip) return [];
  if (sip.inbound.length === 0) {
    const mend =
      'put your number and your provider into sip/inbound-trunk.json, then: pnpm sip:setup';
    return [{ about: 'inbound trunk', says: 'there is none: nobody can call', mend }];
  }
  return sip.inbound.flatMap((trunk) => {
    const about = `inbound trunk ${trunk.sipTrunkId}`;
    const rules = sip.rules.filter((rule) => covers(rule, trunk));
    const unruled = {
      about,
      says: `"${trunk.name}" has no dispatch rule: whoever calls it is answered by nobody`,
      mend: `pnpm sip:setup, or, when it is not needed: lk sip inbound delete ${trunk.sipTrunkId}`,
    };
    const open = [...checkProtection(trunk)].map((says) => ({
      about,
      says: `"${trunk.name}" is not protected: ${says}`,
      mend: 'change sip/inbound-trunk.json, then: pnpm sip:setup',
    }));
    const wrong = [...open, ...(rules.length === 0 ? [unruled] : [])];
    return wrong.length > 0 ? wrong : [{ about, says: `"${trunk.name}" is protected` }];
  });
}

function outboundTrunk({ sip, outboundTrunkId }: Look): Verdict[] {
  if (!sip || !outboundTrunkId) return [];
  const about = `outbound trunk ${outboundTrunkId}`;
  const trunk = sip.outbound.find(({ sipTrunkId }) => sipTrunkId === outboundTrunkId);
  if (trunk) return [{ about, says: `"${trunk.name}" leads to ${trunk.address}` }];
  const mend = 'pnpm sip:setup, which writes the right SIP_OUTBOUND_TRUNK_ID';
  return [{ about, says: 'there is no such trunk: no human can be rung', mend }];
}

const covers = (rule: SIPDispatchRuleInfo, trunk: SIPInboundTrunkInfo): boolean =>
  rule.trunkIds.length === 0 || rule.trunkIds.includes(trunk.sipTrunkId);

const agentsOf = (rule: SIPDispatchRuleInfo): string[] =>
  rule.roomConfig?.agents.map((agent) => agent.agentName) ?? [];

function dispatchRules({ sip, agentName }: Look): Verdict[] {
  if (!sip) return [];
  const ours = sip.rules.filter((rule) => agentsOf(rule).includes(agentName));
  if (ours.length === 0) {
    const named = [...new Set(sip.rules.flatMap(agentsOf))];
    const others = named.length > 0 ? `; those that exist name ${named.join(', ')}` : '';
    return [
      {
        about: 'dispatch rule',
        says: `none names this agent, ${agentName}${others}: it rings, and nobody answers`,
        mend: 'make AGENT_NAME and sip/dispatch-rule.json agree, then: pnpm sip:setup',
      },
    ];
  }
  return ours.flatMap((rule) => {
    const about = `dispatch rule ${rule.sipDispatchRuleId}`;
    const mend = 'take the rule of sip/dispatch-rule.json: pnpm sip:setup';
    const wrong = [...faultsOfRule(rule)].map((says) => ({ about, says, mend }));
    return wrong.length > 0 ? wrong : [{ about, says: `calls ${agentName}` }];
  });
}

function* faultsOfRule(rule: SIPDispatchRuleInfo): Generator<string> {
  if (rule.rule?.rule.case !== 'dispatchRuleIndividual') {
    yield 'it puts all callers into one room, where they hear each other';
  }
  if (agentsOf(rule).length > 1) yield `it sends ${agentsOf(rule).join(' and ')} to one caller`;
  if (!rule.roomConfig?.metadata.includes(APPLICATION)) {
    yield 'its rooms carry no mark, so that one which was left behind is not recognised';
  }
}

function merge({ canMove }: Look): Verdict[] {
  if (canMove === undefined) return [];
  const about = 'merge';
  if (canMove) return [{ about, says: 'the server moves participants between rooms' }];
  return [
    {
      about,
      says: 'the server does not implement MoveParticipant: a human who accepts is not connected',
      mend: 'use LiveKit Cloud, or the livekit-server that lab/server builds (lab/server/README.md)',
    },
  ];
}

function webhook({ webhook: receiver }: Look): Verdict[] {
  if (!receiver) return [];
  const { url, answer } = receiver;
  const about = 'message webhook';
  const says = typeof answer === 'number' ? `${url} answers ${answer}` : `${url}: ${answer}`;
  // Whoever takes nothing but signed messages may say so with any other status.
  const isThere = typeof answer === 'number' && answer < 500 && ![404, 410].includes(answer);
  if (isThere) return [{ about, says: `${url} is there` }];
  const mend =
    'start the receiver, or correct MESSAGE_WEBHOOK_URL; until then messages wait on disk';
  return [{ about, says, mend }];
}

function orphans({ orphans: all }: Look): Verdict[] {
  if (!all) return [];
  const about = 'rooms';
  if (all.length === 0) return [{ about, says: 'none was left behind' }];
  return all.map(({ room, people, mayEnd }) => {
    const inside = people === 1 ? '1 person is' : `${people} people are`;
    const says = `${room} has lost its AI; ${people === 0 ? 'nobody is' : inside} in it`;
    const mend = mayEnd
      ? 'pnpm doctor --fix ends it'
      : `they may be talking: it ends when they hang up, or with: lk room delete ${room}`;
    return { about, says, mend };
  });
}
