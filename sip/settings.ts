/**
 * Reads the three JSON files of this folder into LiveKit's own messages, with the credentials of the environment, and
 * has them checked. Called by setup.ts and by whoever else wants the same trunks and rule. It asks no server.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIPDispatchRuleInfo, SIPInboundTrunkInfo, SIPOutboundTrunkInfo } from 'livekit-server-sdk';
import { checkSettings, exampleValues } from './checks.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** What the files say. IDs are empty, and so is the rule's list of trunks: both are known when they are applied. */
export interface SipSettings {
  inbound: SIPInboundTrunkInfo;
  outbound: SIPOutboundTrunkInfo;
  rule: SIPDispatchRuleInfo;
}

/** Something a person has to put right before setup can go on: one sentence for each problem. */
export class SetupError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads and checks the three files of `dir`. `env` may hold SIP_INBOUND_USERNAME and _PASSWORD, SIP_OUTBOUND_USERNAME
 * and _PASSWORD, and AGENT_NAME.
 *
 * @param options.allowExampleValues for a test server: accept numbers and hosts that exist for documentation.
 * @throws SetupError with every problem of every file.
 */
export function loadSettings(options: {
  dir: string;
  env: Env;
  allowExampleValues?: boolean;
}): SipSettings {
  const { dir, env, allowExampleValues = false } = options;
  const unreadable: string[] = [];
  const problems: string[] = [];
  const read = <T>(file: string, wrapper: string, type: MessageType<T>): T => {
    try {
      const body = readBody(join(dir, file), wrapper);
      if (!allowExampleValues) problems.push(...exampleValues(body, `${file}: ${wrapper}`));
      return decode(body, type);
    } catch (error) {
      unreadable.push(`${file}: ${(error as Error).message}.`);
      return new type();
    }
  };
  const settings: SipSettings = {
    inbound: read('inbound-trunk.json', 'trunk', SIPInboundTrunkInfo),
    outbound: read('outbound-trunk.json', 'trunk', SIPOutboundTrunkInfo),
    rule: read('dispatch-rule.json', 'dispatch_rule', SIPDispatchRuleInfo),
  };
  problems.push(...addCredentials(settings.inbound, 'SIP_INBOUND', env));
  problems.push(...addCredentials(settings.outbound, 'SIP_OUTBOUND', env));
  // A file that could not be read would only be reported again, as one with everything missing.
  if (unreadable.length === 0) {
    // An empty line in an env file means that the variable is not set.
    problems.push(...checkSettings(settings, env['AGENT_NAME'] || undefined));
  }
  if (unreadable.length + problems.length > 0) throw new SetupError([...unreadable, ...problems]);
  return settings;
}

interface MessageType<T> {
  new (): T;
  fromJson(json: never): T;
}

function readBody(path: string, wrapper: string): Record<string, unknown> {
  const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const [[key, body] = [], ...others] = Object.entries(json ?? {});
  if (key === wrapper && typeof body === 'object' && body && others.length === 0) return body;
  throw new Error(`it must hold { "${wrapper}": { … } } and nothing beside it`);
}

/** LiveKit's decoder refuses unknown fields, but does not always say which field it stopped at; so each is tried. */
function decode<T>(body: Record<string, unknown>, type: MessageType<T>): T {
  for (const [field, value] of Object.entries(body)) {
    try {
      type.fromJson({ [field]: value } as never);
    } catch (error) {
      throw new Error(`${field}: ${(error as Error).message}`, { cause: error });
    }
  }
  return type.fromJson(body as never);
}

function addCredentials(trunk: object, prefix: string, env: Env): string[] {
  const authUsername = env[`${prefix}_USERNAME`] ?? '';
  const authPassword = env[`${prefix}_PASSWORD`] ?? '';
  if (authUsername && authPassword) Object.assign(trunk, { authUsername, authPassword });
  return Boolean(authUsername) === Boolean(authPassword)
    ? []
    : [`${prefix}_USERNAME and ${prefix}_PASSWORD: set both or neither.`];
}
