/**
 * Makes a LiveKit server's trunks and dispatch rule equal to the settings, however often it runs: what exists is found
 * by its name, changed only where it differs, and never made twice. Called by setup.ts and by the lab. It deletes
 * nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  ServerError,
  SipClient,
  type SIPDispatchRuleInfo,
  type SIPInboundTrunkInfo,
} from 'livekit-server-sdk';
import { SetupError, type SipSettings } from './settings.ts';

export interface Change {
  kind: 'inbound trunk' | 'outbound trunk' | 'dispatch rule';
  name: string;
  /** Empty in a dry run for what does not exist yet. */
  id: string;
  action: 'created' | 'updated' | 'unchanged';
  /** For `updated`: the fields that differed, without values, because one of them is a password. */
  fields: string[];
}

export interface SetupResult {
  inboundTrunkId: string;
  outboundTrunkId: string;
  dispatchRuleId: string;
}

/** How long one request to the server may take. */
const REQUEST_LIMIT_SECONDS = 10;

/**
 * Applies the settings. Safe to repeat, also after it failed half-way.
 *
 * @param options.server its URL may be ws:, wss:, http: or https:.
 * @param options.dryRun look and report, change nothing.
 * @param options.onChange called once for each of the three, after it was done.
 * @throws SetupError when the server is down, refuses the key, or holds something that is in the way.
 */
export async function applySettings(options: {
  server: { url: string; apiKey: string; apiSecret: string };
  settings: SipSettings;
  dryRun?: boolean;
  onChange?: (change: Change) => void;
}): Promise<SetupResult> {
  const { server, settings, dryRun = false, onChange = () => {} } = options;
  const client = new SipClient(server.url, server.apiKey, server.apiSecret, {
    requestTimeout: REQUEST_LIMIT_SECONDS,
  });
  try {
    return await applyAll(client, settings, async (target) => {
      const { kind, wanted } = target;
      const change = await bringAbout(target, dryRun);
      onChange({ kind, name: wanted.name, ...change });
      return change.id;
    });
  } catch (error) {
    throw error instanceof SetupError ? error : new SetupError([explain(error, server.url)]);
  }
}

async function applyAll(
  client: SipClient,
  { inbound, outbound, rule: unbound }: SipSettings,
  settle: (target: Target) => Promise<string>,
): Promise<SetupResult> {
  const inbounds = await client.listSipInboundTrunk();
  const outbounds = await client.listSipOutboundTrunk();
  const rules = await client.listSipDispatchRule();
  const problems = [
    ...findDuplicates(inbounds, inbound.name),
    ...findDuplicates(outbounds, outbound.name),
    ...findDuplicates(rules, unbound.name),
    ...findConflicts(inbound, inbounds),
  ];
  if (problems.length > 0) throw new SetupError(problems);

  const inboundTrunkId = await settle({
    kind: 'inbound trunk',
    wanted: inbound,
    existing: inbounds,
    create: () =>
      client.createSipInboundTrunk(inbound.name, inbound.numbers, protectionOf(inbound)),
    replace: (id) => client.updateSipInboundTrunk(id, inbound),
  });
  const outboundTrunkId = await settle({
    kind: 'outbound trunk',
    wanted: outbound,
    existing: outbounds,
    create: () =>
      client.createSipOutboundTrunk(outbound.name, outbound.address, outbound.numbers, outbound),
    replace: (id) => client.updateSipOutboundTrunk(id, outbound),
  });
  const rule = unbound.clone();
  rule.trunkIds = [inboundTrunkId];
  const dispatchRuleId = await settle({
    kind: 'dispatch rule',
    wanted: rule,
    existing: rules,
    create: () => client.createSipDispatchRule(individual(rule), rule),
    replace: (id) => client.updateSipDispatchRule(id, rule),
  });
  return { inboundTrunkId, outboundTrunkId, dispatchRuleId };
}

/** Goes in with the first request, so that the trunk is never open; `replace` adds what else the file says. */
function protectionOf(trunk: SIPInboundTrunkInfo) {
  const { allowedAddresses, allowedNumbers, authUsername, authPassword } = trunk;
  return { allowedAddresses, allowedNumbers, authUsername, authPassword };
}

/** The rule in the words of the SDK's create. */
function individual({ rule }: SIPDispatchRuleInfo) {
  if (rule?.rule.case !== 'dispatchRuleIndividual') throw new Error('not an individual rule');
  const { roomPrefix, pin } = rule.rule.value;
  return { type: 'individual', roomPrefix, pin } as const;
}

interface Message {
  name: string;
  toJson(options: { useProtoFieldName: boolean }): unknown;
}

interface Target {
  kind: Change['kind'];
  wanted: Message;
  existing: readonly Message[];
  create: () => Promise<Message>;
  replace: (id: string) => Promise<Message>;
}

async function bringAbout(
  { wanted, existing, create, replace }: Target,
  dryRun: boolean,
): Promise<Pick<Change, 'id' | 'action' | 'fields'>> {
  const found = existing.find(({ name }) => name === wanted.name);
  if (!found && dryRun) return { id: '', action: 'created', fields: [] };
  const current = found ?? (await create());
  const id = idOf(current);
  const fields = differingFields(wanted, current);
  // Also after a creation, because the SDK's create knows only some of the fields.
  if (fields.length > 0 && !dryRun) await replace(id);
  if (!found) return { id, action: 'created', fields: [] };
  return { id, action: fields.length > 0 ? 'updated' : 'unchanged', fields };
}

const asJson = (message: Message) =>
  message.toJson({ useProtoFieldName: true }) as Record<string, unknown>;

function idOf(message: Message): string {
  const json = asJson(message);
  return String(json['sip_trunk_id'] ?? json['sip_dispatch_rule_id']);
}

/** Set by the server alone, so never a difference. */
const SERVER_FIELDS = ['sip_trunk_id', 'sip_dispatch_rule_id', 'created_at', 'updated_at'];

/** The names, as in the JSON files, of the fields in which two messages of one kind differ. */
export function differingFields(wanted: Message, existing: Message): string[] {
  const [a, b] = [asJson(wanted), asJson(existing)];
  return Object.keys({ ...a, ...b }).filter(
    (field) => !SERVER_FIELDS.includes(field) && !isDeepStrictEqual(a[field], b[field]),
  );
}

/** More than one thing of the wanted name: it is unclear which one is meant. */
export function findDuplicates(all: readonly Message[], name: string): string[] {
  const count = all.filter((one) => one.name === name).length;
  return count > 1 ? [`The server has ${count} of the name "${name}": remove all but one.`] : [];
}

/** Other trunks that answer the same number; by the server's own rule, lists of allowed callers can keep them apart. */
export function findConflicts(
  wanted: SIPInboundTrunkInfo,
  existing: readonly SIPInboundTrunkInfo[],
): string[] {
  return existing
    .filter((other) => other.name !== wanted.name)
    .filter((other) => overlap(wanted.numbers, other.numbers))
    .filter((other) => overlap(wanted.allowedNumbers, other.allowedNumbers))
    .map(
      ({ name, sipTrunkId }) =>
        `inbound-trunk.json: trunk.numbers: trunk ${sipTrunkId} ("${name}") already answers ` +
        `${wanted.numbers.join(', ')}: put its name in the file, or: lk sip inbound delete ${sipTrunkId}`,
    );
}

/** An empty list collides with an empty one only, because a list that names somebody wins over it. */
function overlap(a: readonly string[], b: readonly string[]): boolean {
  if (a.length === 0 || b.length === 0) return a.length === b.length;
  const plain = (number: string) => number.replaceAll(/[\s()+-]/g, '');
  return a.some((one) => b.some((two) => plain(one) === plain(two)));
}

/** What went wrong with a request, and what to do now. The server's words on a bad key are left out: they quote a token. */
function explain(error: unknown, url: string): string {
  const { message, cause } = error as Error;
  if (!(error instanceof ServerError)) {
    const detail = cause instanceof Error && cause.message !== '' ? cause.message : message;
    return `No LiveKit server answers at ${url} (${detail}): check LIVEKIT_URL, and that it runs.`;
  }
  return error.status === 401 || error.status === 403
    ? `${url} refuses the key: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET.`
    : `${url} refused a request: ${message}`;
}
