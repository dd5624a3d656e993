/**
 * The settings of a lab's servers: the repository's own files with ports and addresses of the lab laid over them, and
 * `pnpm sip:setup` itself for trunks and dispatch rule. Nothing is changed but where things are.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import type { Ports } from './ports.ts';

export const root = join(import.meta.dirname, '..', '..');

type Credentials = { url: string; apiKey: string; apiSecret: string };

/** livekit.yaml for this lab. @returns the file's path. */
export function livekitServerSettings(directory: string, ports: Ports): string {
  return overlay(directory, 'livekit.yaml', {
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

/** sip/sip.yaml for this lab. @returns the file's path. */
export function livekitSipSettings(directory: string, ports: Ports, server: Credentials): string {
  return overlay(directory, 'sip/sip.yaml', {
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
 * The application's directory: the lab's human under two names. One gives up soon, as nearly all stories want it; the
 * other lets the phone ring for long. @returns the file's path.
 */
export function writeDepartments(directory: string, ringLimitSeconds: number): string {
  const billing = {
    spokenName: 'the billing team',
    when: 'invoices, payments and refunds',
    numbers: ['$HUMAN_NUMBER'],
    ringLimitSeconds,
  };
  const patient = {
    ...billing,
    spokenName: 'the billing office',
    when: 'invoices of former years; it takes them a while to pick up',
    ringLimitSeconds: 40,
  };
  const file = join(directory, 'directory.yaml');
  writeFileSync(file, stringify({ departments: { billing, billing_office: patient } }));
  return file;
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
