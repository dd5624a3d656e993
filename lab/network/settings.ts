/**
 * The settings of a lab's servers: the repository's own files with ports and addresses of the lab laid over them, and
 * `pnpm sip:setup` itself for trunks and dispatch rule. Nothing is changed but where things are.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { spokenNames } from './departments.ts';
import type { Ports } from './ports.ts';

export const root = join(import.meta.dirname, '..', '..');

const keepRuns = 40;

/** A new directory for the logs and settings of one lab; of those before it the last ten are kept. @returns its path. */
export function openRunDirectory(): string {
  const runs = join(root, '.lab');
  mkdirSync(runs, { recursive: true });
  for (const old of readdirSync(runs).sort().slice(0, -keepRuns)) {
    rmSync(join(runs, old), { recursive: true, force: true });
  }
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const directory = join(runs, `${stamp}-${process.pid}-${randomBytes(2).toString('hex')}`);
  mkdirSync(directory, { recursive: true });
  return directory;
}

type Credentials = { url: string; apiKey: string; apiSecret: string };

/** livekit.yaml for this lab. @param webhookKey what webhooks are signed with; without it none are sent. @returns the file's path. */
export function livekitServerSettings(
  directory: string,
  ports: Ports,
  webhookKey: string | false | undefined,
): string {
  const urls = [`http://127.0.0.1:${ports.webhook}/`];
  return overlay(directory, 'livekit.yaml', {
    ...(webhookKey && { webhook: { api_key: webhookKey, urls } }),
    port: ports.livekit,
    bind_addresses: ['127.0.0.1'],
    redis: { address: `127.0.0.1:${ports.redis}` },
    rtc: {
      tcp_port: 0,
      udp_port: ports.webrtc,
      node_ip: '127.0.0.1',
      use_external_ip: false,
      enable_loopback_candidate: true,
      interfaces: { includes: ['lo'] },
      stun_servers: [`127.0.0.1:${ports.stun}`],
    },
  });
}

/** sip/sip.yaml for this lab. @param metrics whether it tells how many calls it has. @returns the file's path. */
export function livekitSipSettings(
  directory: string,
  ports: Ports,
  server: Credentials,
  metrics = false,
): string {
  return overlay(directory, 'sip/sip.yaml', {
    ...(metrics && { prometheus_port: ports.sipMetrics }),
    api_key: server.apiKey,
    api_secret: server.apiSecret,
    ws_url: server.url,
    redis: { address: `127.0.0.1:${ports.redis}` },
    sip_port: ports.sip,
    listen_ip: '127.0.0.1',
    nat_1_to_1_ip: '127.0.0.1',
    media_nat_1_to_1_ip: '127.0.0.1',
    use_external_ip: false,
    media_use_external_ip: false,
    rtp_port: `${ports.rtp[0]}-${ports.rtp[1]}`,
    // On a machine that also runs everything else, load must not make it refuse calls.
    max_cpu_utilization: 1,
    // Ports are free again at once, so that a long row of calls does not run out of them.
    rtp_draining_idle_timeout: '-1s',
    rtp_draining_duration: '-1s',
  });
}

/**
 * Applies trunks and dispatch rule, with the outbound trunk leading to the phones.
 * @returns the outbound trunk's id.
 */
export async function applySipSettings(options: {
  directory: string;
  server: Credentials;
  /** What callers have to know. */
  caller: { username: string; password: string };
  phonesPort: number;
}): Promise<string> {
  const { directory, server, caller, phonesPort } = options;
  const sip = join(directory, 'sip');
  cpSync(join(root, 'sip'), sip, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  editTrunk(join(sip, 'inbound-trunk.json'), { allowed_addresses: ['127.0.0.1/32'] });
  editTrunk(join(sip, 'outbound-trunk.json'), {
    address: `127.0.0.1:${phonesPort}`,
    transport: 'SIP_TRANSPORT_UDP',
  });
  const envFile = join(directory, 'trunk.env');
  const setup = join(root, 'sip', 'setup.ts');
  await execa(process.execPath, [setup, '--dir', sip, '--env', envFile, '--allow-example-values'], {
    cwd: directory,
    extendEnv: false,
    env: {
      LIVEKIT_URL: server.url,
      LIVEKIT_API_KEY: server.apiKey,
      LIVEKIT_API_SECRET: server.apiSecret,
      SIP_INBOUND_USERNAME: caller.username,
      SIP_INBOUND_PASSWORD: caller.password,
    },
  });
  return /ST_\w+/.exec(readFileSync(envFile, 'utf8'))?.[0] ?? '';
}

/**
 * The application's directory: the lab's humans under several names, each with what one story needs.
 * @returns the file's path.
 */
export function writeDepartments(options: {
  directory: string;
  /** How long phones ring before the AI gives up, where the story is not about that. */
  ringLimitSeconds: number;
  /** The numbers behind `$HUMAN_NUMBER`. */
  colleagues: readonly [string, string];
  /** Where the phones can be reached without the trunk. */
  phonesPort: number;
  /** More departments. */
  desks: Record<string, object> | undefined;
}): string {
  const { directory, ringLimitSeconds, colleagues, phonesPort, desks } = options;
  const [colleague] = colleagues;
  const common = { when: 'invoices, payments and refunds', ringLimitSeconds };
  const human = { ...common, numbers: ['$HUMAN_NUMBER'] };
  const departments = {
    ...desks,
    billing: { ...human, spokenName: spokenNames.billing },
    billing_desk: { ...human, spokenName: spokenNames.billing_desk, decisionLimitSeconds: 15 },
    billing_office: { ...human, spokenName: spokenNames.billing_office, ringLimitSeconds: 40 },
    sales: {
      ...common,
      spokenName: spokenNames.sales,
      numbers: ['$HUMAN_NUMBER', ...colleagues],
    },
    claims: { ...human, spokenName: spokenNames.claims, otherwise: 'front_desk' },
    front_desk: { ...common, spokenName: spokenNames.front_desk, numbers: [colleague] },
    night_desk: { ...human, spokenName: spokenNames.night_desk, hours: hoursOfAnotherDay() },
    switchboard: {
      ...common,
      spokenName: spokenNames.switchboard,
      numbers: [colleague],
      transfer: 'cold',
    },
    reception: {
      ...human,
      spokenName: spokenNames.reception,
      callerId: 'caller',
      headers: { 'X-Department': 'reception' },
    },
    workshop: {
      ...common,
      spokenName: spokenNames.workshop,
      numbers: [`sip:${colleague}@127.0.0.1:${phonesPort};transport=udp`],
    },
  };
  const file = join(directory, 'directory.yaml');
  writeFileSync(file, stringify({ dialsPerHour: 10_000, departments }));
  return file;
}

/** Whenever this is read, the department opens on another day. */
function hoursOfAnotherDay(): Record<string, string> {
  const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const inThreeDays = days[(new Date().getUTCDay() + 3) % 7]!;
  return { timeZone: 'UTC', [inThreeDays]: '09:00-17:00' };
}

/** Reads a settings file of the repository, lays `overrides` over it, and writes it into the lab's directory. */
function overlay(directory: string, file: string, overrides: Record<string, unknown>): string {
  const settings = parse(readFileSync(join(root, file), 'utf8')) as Record<string, unknown>;
  for (const [key, value] of Object.entries(overrides)) {
    const isMap = typeof value === 'object' && !Array.isArray(value);
    settings[key] = isMap ? { ...(settings[key] as object), ...value } : value;
  }
  const path = join(directory, file.replaceAll('/', '-'));
  writeFileSync(path, stringify(settings));
  return path;
}

function editTrunk(file: string, changes: Record<string, unknown>): void {
  const request = JSON.parse(readFileSync(file, 'utf8')) as { trunk: Record<string, unknown> };
  writeFileSync(file, JSON.stringify({ trunk: { ...request.trunk, ...changes } }));
}
