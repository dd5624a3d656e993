/** What the trunks and the dispatch rules of a project mean for this agent. Pure; called by verdicts.ts. */
import type { SIPDispatchRuleInfo, SIPInboundTrunkInfo } from 'livekit-server-sdk';
import { readMark } from '../agent/guardian/mark.ts';
import { checkProtection, numbersInNames } from '../sip/checks.ts';
import { type Call, ruleFor, takes } from './rules.ts';
import { type Look, type Sip, type Verdict, isUnknown } from './seen.ts';

export function sipVerdicts({ sip, url, agentName, outboundTrunkId }: Look): Verdict[] {
  if (!sip) return [];
  if (isUnknown(sip)) return [unlisted(sip.unknown)];
  const project = { ...sip, url, agentName };
  return [
    ...inboundTrunks(project),
    ...outboundTrunk(sip, outboundTrunkId),
    ...dispatchRules(project),
  ];
}

/** What is said about something that has been named already. */
type Finding = Omit<Verdict, 'about'>;
type Project = Sip & Pick<Look, 'url' | 'agentName'>;

function unlisted(why: string): Verdict {
  return {
    about: 'SIP',
    says: `the server does not list trunks and rules (${why})`,
    mend:
      'a server of your own needs Redis, and livekit-sip beside it (compose.yaml); ' +
      'with LiveKit Cloud try again, then with a new key of the project',
  };
}

function inboundTrunks(project: Project): Verdict[] {
  if (project.inbound.length === 0) return [noTrunk(project)];
  return project.inbound.toSorted(byName).flatMap((trunk) => {
    const about = `inbound trunk ${trunk.sipTrunkId}`;
    const fates = numbersOf(trunk).map((to) => fateOf({ trunkId: trunk.sipTrunkId, to }, project));
    const isAbout = (...kinds: Fate['kind'][]) => fates.some(({ kind }) => kinds.includes(kind));
    if (isAbout('foreign') && !isAbout('ours', 'taken')) return foreignTrunk(trunk);
    const wrong = isAbout('ours', 'taken', 'foreign')
      ? fates.flatMap((fate) => lost(fate, trunk, project.agentName))
      : [unanswered(trunk)];
    const open = Array.from(checkProtection(trunk), (says) => ({
      says: `"${trunk.name}" is not protected: ${says}`,
      mend: 'change sip/inbound-trunk.json, then: pnpm sip:setup',
    }));
    const all = [...open, ...wrong];
    if (all.length > 0) return all.map((one) => ({ about, ...one }));
    return [{ about, says: `"${trunk.name}" is protected` }, ...exceptions(trunk, project)];
  });
}

/** The server lists trunks in another order each time, and two reports of one project are to be the same. */
const byName = (a: SIPInboundTrunkInfo, b: SIPInboundTrunkInfo): number =>
  a.name.localeCompare(b.name) || a.sipTrunkId.localeCompare(b.sipTrunkId);

/** The ids that rules have for numbers of LiveKit's own; its CLI tells them by the same beginning. */
const isBought = (trunkId: string) => trunkId.startsWith('PN_');
const isCloud = (url: string) => new URL(url).hostname.endsWith('.livekit.cloud');

function noTrunk({ rules, url, agentName }: Project): Verdict {
  const about = 'inbound trunk';
  const rings = rules
    .filter((rule) => isOurs(rule, agentName))
    .some(({ trunkIds }) => trunkIds.some(isBought) || (trunkIds.length === 0 && isCloud(url)));
  if (rings) return { about, says: 'there is none: only numbers bought from LiveKit ring here' };
  const mend =
    'put your number and your provider into sip/inbound-trunk.json, then: pnpm sip:setup; ' +
    'or, with a number bought from LiveKit, see sip/README.md';
  return { about, says: 'there is none: nobody can call', mend };
}

/** A trunk for other agents only. One that is in order is nobody's business here. */
function foreignTrunk(trunk: SIPInboundTrunkInfo): Verdict[] {
  const { sipTrunkId: id, name } = trunk;
  if ([...checkProtection(trunk)].length === 0) return [];
  return [
    {
      about: `inbound trunk ${id}`,
      says: `"${name}" is not this agent's, and not protected: whoever finds it can call the other agent`,
      mend: `tell its owner, or: lk sip inbound update --id ${id} --auth-user NAME --auth-pass PASSWORD`,
    },
  ];
}

const isOurs = (rule: SIPDispatchRuleInfo, agentName: string): boolean =>
  agentsOf(rule).includes(agentName);

const agentsOf = (rule: SIPDispatchRuleInfo): string[] =>
  rule.roomConfig?.agents.map((agent) => agent.agentName) ?? [];

const inWords = (rule: SIPDispatchRuleInfo): string => {
  const agents = agentsOf(rule).join(' and ');
  return `rule ${rule.sipDispatchRuleId} (${agents === '' ? 'no agent' : `agent ${agents}`})`;
};

/** Where calls to a number go, from callers whom no rule names. `taken`: to another rule, although one of ours would have them. */
type Fate =
  | { kind: 'ours' }
  | { kind: 'nobody'; to: string | undefined }
  | { kind: 'foreign' | 'taken'; to: string | undefined; by: SIPDispatchRuleInfo };

function fateOf(call: Call, { rules, agentName }: Project): Fate {
  const { to } = call;
  const winner = ruleFor(rules, call);
  const ours = rules.filter((rule) => isOurs(rule, agentName));
  if (winner && ours.includes(winner)) return { kind: 'ours' };
  if (winner && ours.some((rule) => takes(rule, call))) return { kind: 'taken', to, by: winner };
  // A rule for certain callers is meant to leave out the others.
  if (ours.some((rule) => takes(rule, { ...call, from: rule.inboundNumbers[0] }))) {
    return { kind: 'ours' };
  }
  return winner ? { kind: 'foreign', to, by: winner } : { kind: 'nobody', to };
}

function unanswered({ sipTrunkId: id, name }: SIPInboundTrunkInfo): Finding {
  return {
    says: `"${name}" has no dispatch rule: whoever calls it is answered by nobody`,
    mend: `pnpm sip:setup, or, when it is not needed: lk sip inbound delete ${id}`,
  };
}

/** What is wrong with the fate of a number of a trunk of ours. */
function lost(fate: Fate, { sipTrunkId: id }: SIPInboundTrunkInfo, agentName: string): Finding[] {
  if (fate.kind === 'ours' || fate.kind === 'foreign') return [];
  const calls = fate.to === undefined ? 'calls' : `calls to ${fate.to}`;
  if (fate.kind === 'nobody') {
    const says = `${calls} are answered by nobody: no dispatch rule takes them`;
    const mend = 'put the number into `numbers` of sip/dispatch-rule.json, then: pnpm sip:setup';
    return [{ says, mend }];
  }
  const { by } = fate;
  const remove = `lk sip dispatch delete ${by.sipDispatchRuleId}`;
  return [
    {
      says: `${calls} go to ${inWords(by)}, not to ${agentName}`,
      mend: by.trunkIds.includes(id)
        ? `take ${id} out of the trunks of that rule, or, when it is not needed: ${remove}`
        : `pnpm sip:setup binds ours to the trunk; or, when the other is not needed: ${remove}`,
    },
  ];
}

/** A trunk without numbers takes calls to any. */
const numbersOf = ({ numbers }: SIPInboundTrunkInfo): (string | undefined)[] =>
  numbers.length > 0 ? numbers : [undefined];

/** Callers whom another rule names on purpose: worth knowing, and not wrong. */
function exceptions(trunk: SIPInboundTrunkInfo, { rules, agentName }: Project): Verdict[] {
  const { sipTrunkId: trunkId, name } = trunk;
  const named = [...new Set(rules.flatMap(({ inboundNumbers }) => inboundNumbers))];
  const winners = numbersOf(trunk).flatMap((to) =>
    named.map((from) => ruleFor(rules, { trunkId, from, to })),
  );
  const others = [...new Set(winners)].filter((rule) => rule && !isOurs(rule, agentName));
  return others.map((rule) => ({
    about: `inbound trunk ${trunkId}`,
    says: `"${name}": the callers whom it names go to ${inWords(rule!)}`,
  }));
}

function outboundTrunk({ outbound }: Sip, outboundTrunkId: string | undefined): Verdict[] {
  if (!outboundTrunkId) return [];
  const about = `outbound trunk ${outboundTrunkId}`;
  const trunk = outbound.find(({ sipTrunkId }) => sipTrunkId === outboundTrunkId);
  if (trunk) return [{ about, says: `"${trunk.name}" leads to ${trunk.address}` }];
  const mend = 'pnpm sip:setup, which writes the right SIP_OUTBOUND_TRUNK_ID';
  return [{ about, says: 'there is no such trunk: no human can be rung', mend }];
}

const byId = (a: SIPDispatchRuleInfo, b: SIPDispatchRuleInfo): number =>
  a.sipDispatchRuleId.localeCompare(b.sipDispatchRuleId);

function dispatchRules(project: Project): Verdict[] {
  const { rules, agentName } = project;
  const ours = rules.filter((rule) => isOurs(rule, agentName)).toSorted(byId);
  if (ours.length === 0) {
    const named = [...new Set(rules.flatMap(agentsOf))].toSorted();
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
    const wrong = [
      ...boundWrongly(rule, project),
      ...Array.from(faultsOfRule(rule), (says) => ({ says, mend })),
    ];
    if (wrong.length > 0) return wrong.map((one) => ({ about, ...one }));
    const callers = rule.inboundNumbers.length;
    const whom = callers > 0 ? `, for those ${callers} callers alone whom it names` : '';
    return [{ about, says: `calls ${agentName}${whom}` }];
  });
}

/** livekit-server answers an INVITE that no trunk takes without asking for a password, when a rule is for all trunks. */
function* boundWrongly(
  { trunkIds, sipDispatchRuleId: id }: SIPDispatchRuleInfo,
  { inbound }: Project,
): Generator<Finding> {
  if (trunkIds.length === 0) {
    const bind = `lk number update --number NUMBER --sip-dispatch-rule-id ${id}`;
    yield {
      says: 'it is bound to no trunk: calls that no trunk accepts are answered too',
      mend: `pnpm sip:setup binds it; to a number bought from LiveKit: ${bind}`,
    };
    return;
  }
  const isThere = (trunkId: string) =>
    isBought(trunkId) || inbound.some(({ sipTrunkId }) => sipTrunkId === trunkId);
  // Without any trunk that has been said already.
  if (inbound.length > 0 && !trunkIds.some(isThere)) {
    yield {
      says: `it is bound to ${trunkIds.join(', ')}, which is not there: it takes no call`,
      mend: `pnpm sip:setup, or, when it is not needed: lk sip dispatch delete ${id}`,
    };
  }
}

function* faultsOfRule(rule: SIPDispatchRuleInfo): Generator<string> {
  const is = rule.rule?.rule;
  if (is?.case === 'dispatchRuleIndividual') {
    if (is.value.noRandomness) {
      yield 'it puts callers whose numbers end alike into one room, where they hear each other';
    }
  } else if (is?.case !== 'dispatchRuleCallee' || !is.value.randomize) {
    yield 'it puts all callers into one room, where they hear each other';
  }
  if (agentsOf(rule).length > 1) yield `it sends ${agentsOf(rule).join(' and ')} to one caller`;
  if (readMark(rule.roomConfig?.metadata ?? '')?.kind !== 'call') {
    yield 'its rooms carry no mark, so that one which was left behind is not recognised';
  }
  if (!rule.hidePhoneNumber) yield numbersInNames;
}
