/**
 * What must be true of the trunks and the rule before a server is asked to keep them. Pure; called by settings.ts.
 * It is stricter than LiveKit where LiveKit accepts a setting that answers nobody, or everybody.
 */
import type {
  SIPDispatchRuleInfo,
  SIPInboundTrunkInfo,
  SIPOutboundTrunkInfo,
} from 'livekit-server-sdk';
import type { SipSettings } from './settings.ts';

/** The agent's name when AGENT_NAME is not set, the same as in `.env.example`. */
export const DEFAULT_AGENT_NAME = 'support-agent';

/**
 * Set aside for documentation: RFC 2606 names, RFC 5737 addresses, and the numbers 555-0100 to 555-0199. And what .env.example
 * has in the place of keys, of the project's address, and of the trunk.
 */
const EXAMPLES = [
  /(^|[.@/])example\.(com|net|org)\b/,
  /^(192\.0\.2|198\.51\.100|203\.0\.113)\./,
  /^\+?1\d{3}55501\d\d$/,
  /^(\w+:\/\/)?your-/,
  /^ST_written_by_sip_setup$/,
];

/** What a rule without hide_phone_number does. */
export const numbersInNames =
  "rooms are named after the callers' phone numbers, which then stand in logs";

/** One sentence for each string under `value` that exists for documentation only. */
export function exampleValues(value: unknown, where: string): string[] {
  if (typeof value === 'string') {
    const isExample = EXAMPLES.some((example) => example.test(value));
    return isExample ? [`${where} is still the example ${value}: put yours there.`] : [];
  }
  return Object.entries(value ?? {}).flatMap(([key, inner]) =>
    exampleValues(inner, Array.isArray(value) ? `${where}[${key}]` : `${where}.${key}`),
  );
}

/** One sentence for each thing that is wrong; none when the settings can be applied. */
export function checkSettings(settings: SipSettings, agentName = DEFAULT_AGENT_NAME): string[] {
  const { inbound, outbound, rule } = settings;
  return [
    ...Array.from(checkInbound(inbound), (problem) => `inbound-trunk.json: trunk.${problem}`),
    ...Array.from(checkOutbound(outbound), (problem) => `outbound-trunk.json: trunk.${problem}`),
    ...Array.from(
      checkRule(rule, agentName),
      (problem) => `dispatch-rule.json: dispatch_rule.${problem}`,
    ),
  ];
}

function* checkInbound(trunk: SIPInboundTrunkInfo): Generator<string> {
  yield* checkName(trunk.name);
  yield* checkNumbers(trunk.numbers);
  yield* checkProtection(trunk);
}

/** Who may call: for a trunk of a file as for one that a server has. */
export function* checkProtection(trunk: SIPInboundTrunkInfo): Generator<string> {
  const hasCredentials = trunk.authUsername !== '' && trunk.authPassword !== '';
  if (!hasCredentials && trunk.allowedAddresses.length === 0) {
    const numbersAlone = 'caller numbers can be forged, so allowed_numbers alone protects nothing.';
    yield (
      "allowed_addresses: list your provider's, or set SIP_INBOUND_USERNAME and SIP_INBOUND_PASSWORD; " +
      (trunk.allowedNumbers.length > 0
        ? numbersAlone
        : 'a trunk with neither takes calls from anybody who finds it.')
    );
  }
  for (const address of trunk.allowedAddresses) {
    // LiveKit passes over an entry that it cannot read.
    if (!/^[\w.:[\]-]+(\/\d{1,3})?$/.test(address)) {
      yield `allowed_addresses: "${address}" is neither an address nor a range.`;
    } else if (!hasCredentials && /^(0\.0\.0\.0|\[?::\]?)$|\/0$/.test(address)) {
      yield `allowed_addresses: ${address} lets everybody in.`;
    }
  }
}

function* checkOutbound(trunk: SIPOutboundTrunkInfo): Generator<string> {
  yield* checkName(trunk.name);
  yield* checkNumbers(trunk.numbers);
  if (!/^[\w.[\]:-]+$/.test(trunk.address) || /^sips?:/.test(trunk.address)) {
    yield `address "${trunk.address}" must be your provider's host, without "sip:" in front.`;
  }
}

function* checkRule(rule: SIPDispatchRuleInfo, agentName: string): Generator<string> {
  yield* checkName(rule.name);
  if (rule.rule?.rule.case !== 'dispatchRuleIndividual') {
    yield 'rule must be dispatch_rule_individual: each call needs a room of its own.';
  } else if (rule.rule.rule.value.noRandomness) {
    yield 'rule: no_randomness must be left out: each call needs a room of its own.';
  }
  if (!rule.hidePhoneNumber) yield `hide_phone_number must be true: without it ${numbersInNames}.`;
  if (rule.trunkIds.length > 0) {
    yield 'trunk_ids must be left out: setup binds the rule to the inbound trunk.';
  }
  const agents = (rule.roomConfig?.agents ?? []).map((agent) => agent.agentName);
  if (agents.length !== 1 || agents[0] !== agentName) {
    yield (
      `room_config.agents is [${agents.join(', ')}], but must be ${agentName} (AGENT_NAME) alone, ` +
      'or nobody answers the call, or two do.'
    );
  }
}

function* checkName(name: string): Generator<string> {
  if (name === '') yield 'name is missing: setup finds what it made before by its name.';
}

/** A name instead of a number is allowed, because SIP does; a number with blanks would never match a call. */
function* checkNumbers(numbers: readonly string[]): Generator<string> {
  if (numbers.length === 0) yield 'numbers is empty: list the numbers of this trunk.';
  for (const number of numbers) {
    if (/^([+\d(].*\D.*|\s*)$/.test(number.replace(/^\+(?=\d)/, ''))) {
      yield `numbers: "${number}" must be digits alone, as in +12025550100.`;
    }
  }
}
