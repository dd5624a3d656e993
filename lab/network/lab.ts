/**
 * The telephone network on loopback: redis, livekit-server, livekit-sip, the providers' stand-ins, the phones and a
 * worker of the application, each with its own ports. The single place that builds one. `await using` ends it.
 *
 * The application is a child process and does not know that this exists: it is given addresses, as anywhere else.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RoomServiceClient } from 'livekit-server-sdk';
import { parse, stringify } from 'yaml';
import type { CallEvent } from '../../agent/call-events.ts';
import { CodeBook } from '../audio/codes.ts';
import { BaresipPhone } from '../baresip/baresip-phone.ts';
import { PhoneExchange } from '../phone/exchange.ts';
import type { Phone } from '../phone/phone.ts';
import type { Tools } from '../setup/prepare.ts';
import type { ModelScript } from '../standins/model-script.ts';
import { type StandIns, openStandIns } from '../standins/standins.ts';
import { type Ports, takePorts } from './ports.ts';
import { httpAnswers, redisAnswers, sipAnswers } from './probes.ts';
import { LabProcess } from './processes.ts';

const root = join(import.meta.dirname, '..', '..');
const keepRuns = 10;

export const numbers = {
  /** The number that callers dial; the one in sip/inbound-trunk.json. */
  line: '+12025550100',
  caller: '+12025550147',
  human: '+12025550123',
} as const;

export type RecordedEvent = CallEvent & { callId: string; atMs: number };

export type LabOptions = {
  tools: Tools;
  script: ModelScript;
  /** How long the human's phone rings before the AI gives up, in whole seconds. */
  ringLimitS?: number;
  /** Keeps what each phone hears as samples, for listening to it. */
  record?: boolean;
  /** Without it no worker is started. */
  worker?: boolean;
};

export class Lab implements AsyncDisposable {
  readonly directory: string;
  readonly tools: Tools;
  readonly codes = new CodeBook();
  /** Everything the application recorded about its calls, in order of arrival. */
  readonly events: RecordedEvent[] = [];
  /** Each line that the worker and its jobs printed. */
  readonly workerLines: string[] = [];
  /** `event` for each recorded event. */
  readonly emitter = new EventEmitter<{ event: [RecordedEvent] }>().setMaxListeners(0);
  readonly #apiKey = 'lab';
  readonly #apiSecret = randomBytes(24).toString('hex');
  readonly #processes: LabProcess[] = [];
  readonly #closers: (() => unknown)[] = [];
  ports!: Ports;
  standIns!: StandIns;
  exchange!: PhoneExchange;
  phones!: { caller: Phone; human: Phone };
  #baresip: Promise<BaresipPhone> | undefined;
  trunkId = '';
  readonly sipUser = { username: 'caller', password: randomBytes(8).toString('hex') };

  private constructor(options: LabOptions) {
    const runs = join(root, '.lab');
    mkdirSync(runs, { recursive: true });
    for (const old of readdirSync(runs).sort().slice(0, -keepRuns)) {
      rmSync(join(runs, old), { recursive: true, force: true });
    }
    const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
    this.directory = join(runs, `${stamp}-${process.pid}-${randomBytes(2).toString('hex')}`);
    mkdirSync(this.directory, { recursive: true });
    this.tools = options.tools;
  }

  /** Starts everything and waits until each part answers. */
  static async start(options: LabOptions): Promise<Lab> {
    const lab = new Lab(options);
    try {
      await lab.#start(options);
      return lab;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  async #start(options: LabOptions): Promise<void> {
    const { release, ...ports } = await takePorts();
    this.ports = ports;
    this.#closers.push(release);
    await this.startRedis();
    await Promise.all([this.startLivekitServer(), this.#openEnds(options)]);
    await this.startLivekitSip();
    await this.#applySipSettings();
    this.#writeDirectory(options.ringLimitS ?? 20);
    if (options.worker !== false) await this.startWorker();
  }

  /** The leaders of the process groups that run now. */
  get pids(): number[] {
    return this.#processes.flatMap((started) => started.pid ?? []);
  }

  get url(): string {
    return `ws://127.0.0.1:${this.ports.livekit}`;
  }

  get credentials(): { url: string; apiKey: string; apiSecret: string } {
    return { url: this.url, apiKey: this.#apiKey, apiSecret: this.#apiSecret };
  }

  get rooms(): RoomServiceClient {
    return new RoomServiceClient(this.url, this.#apiKey, this.#apiSecret);
  }

  /** What a phone dials to reach the AI. */
  get sipAddress(): string {
    return `sip:${numbers.line}@127.0.0.1:${this.ports.sip}`;
  }

  async #openEnds(options: LabOptions): Promise<void> {
    const { espeakNg } = this.tools;
    this.standIns = await openStandIns({ codes: this.codes, espeakNg, script: options.script });
    this.#closers.push(() => this.standIns.close());
    this.exchange = await PhoneExchange.open({
      host: '127.0.0.1',
      codes: this.codes,
      espeakNg,
      record: options.record ?? false,
    });
    this.#closers.push(() => this.exchange.close());
    this.phones = {
      caller: this.exchange.phone({ name: 'caller', number: numbers.caller, pilot: 1 }),
      human: this.exchange.phone({ name: 'human', number: numbers.human, pilot: 2 }),
    };
  }

  startRedis(): Promise<LabProcess> {
    const { redis } = this.ports;
    const memoryOnly = ['--save', '', '--appendonly', 'no'];
    return this.#run({
      name: 'redis-server',
      command: this.tools.redisServer,
      args: ['--port', String(redis), '--bind', '127.0.0.1', ...memoryOnly],
      isReady: () => redisAnswers(redis),
    });
  }

  /** The repository's livekit.yaml, with ports and addresses of this lab. */
  startLivekitServer(): Promise<LabProcess> {
    const { livekit, webrtc, stun, redis } = this.ports;
    const config = this.#configure('livekit.yaml', {
      port: livekit,
      bind_addresses: ['127.0.0.1'],
      redis: { address: `127.0.0.1:${redis}` },
      rtc: {
        tcp_port: 0,
        udp_port: webrtc,
        node_ip: '127.0.0.1',
        use_external_ip: false,
        enable_loopback_candidate: true,
        interfaces: { includes: ['lo'] },
        stun_servers: [`127.0.0.1:${stun}`],
      },
    });
    return this.#run({
      name: 'livekit-server',
      command: this.tools.livekitServer,
      args: ['--config', config],
      env: { LIVEKIT_KEYS: `${this.#apiKey}: ${this.#apiSecret}` },
      isReady: () => httpAnswers(`http://127.0.0.1:${livekit}`),
      stopSignal: 'SIGKILL',
    });
  }

  /** The repository's sip/sip.yaml, with ports and addresses of this lab. */
  startLivekitSip(): Promise<LabProcess> {
    const { sip, rtp, redis } = this.ports;
    const config = this.#configure('sip/sip.yaml', {
      api_key: this.#apiKey,
      api_secret: this.#apiSecret,
      ws_url: this.url,
      redis: { address: `127.0.0.1:${redis}` },
      sip_port: sip,
      listen_ip: '127.0.0.1',
      nat_1_to_1_ip: '127.0.0.1',
      media_nat_1_to_1_ip: '127.0.0.1',
      use_external_ip: false,
      media_use_external_ip: false,
      rtp_port: `${rtp[0]}-${rtp[1]}`,
      // On a machine that also runs everything else, load must not make it refuse calls.
      max_cpu_utilization: 1,
      // Ports are free again at once, so that a long row of calls does not run out of them.
      rtp_draining_idle_timeout: '-1s',
      rtp_draining_duration: '-1s',
    });
    return this.#run({
      name: 'livekit-sip',
      command: this.tools.livekitSip,
      args: ['--config', config],
      isReady: () => sipAnswers(sip),
      // It would drain on SIGTERM, and go on answering new calls meanwhile.
      stopSignal: 'SIGINT',
    });
  }

  /** `node agent/main.ts start`, as in production. */
  startWorker(env: Record<string, string> = {}): Promise<LabProcess> {
    return this.#run({
      name: 'worker',
      command: process.execPath,
      args: [join(root, 'agent', 'main.ts'), 'start'],
      env: { ...this.workerEnv, ...env },
      onLine: (line) => this.#onWorkerLine(line),
      isReady: () => httpAnswers(`http://127.0.0.1:${this.ports.health}`),
      readyLimitMs: 60_000,
      // A drain waits for calls, which a test that failed may have left behind.
      stopSignal: 'SIGKILL',
    });
  }

  /** A caller that is not ours, with the number and the pilot of the caller's phone. Started when first asked for. */
  baresip(): Promise<BaresipPhone> {
    this.#baresip ??= BaresipPhone.start({
      program: this.tools.baresip,
      directory: join(this.directory, 'baresip'),
      ports: { ...this.ports.baresip, dns: this.ports.stun },
      run: (options) => this.#run(options),
      name: this.phones.caller.name,
      number: this.phones.caller.number,
      pilot: this.phones.caller.pilot,
      ...this.sipUser,
      codes: this.codes,
      espeakNg: this.tools.espeakNg,
    });
    return this.#baresip;
  }

  /** What the application is configured with: addresses of this lab, and nothing that says so. */
  get workerEnv(): Record<string, string> {
    return {
      LIVEKIT_URL: this.url,
      LIVEKIT_API_KEY: this.#apiKey,
      LIVEKIT_API_SECRET: this.#apiSecret,
      ...this.standIns.env,
      SIP_OUTBOUND_TRUNK_ID: this.trunkId,
      HUMAN_NUMBER: numbers.human,
      DIRECTORY_FILE: join(this.directory, 'directory.yaml'),
      HEALTH_PORT: String(this.ports.health),
      WORKER_MAX_LOAD: '2',
      LOG_LEVEL: 'debug',
    };
  }

  /** How many job processes have a call, as the worker itself says. */
  async jobs(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.ports.health}/worker`);
    return ((await response.json()) as { active_jobs: number }).active_jobs;
  }

  /** Ends every process and forgets the ports. The logs stay in `directory`. */
  async stop(): Promise<void> {
    for (const started of this.#processes.reverse()) await started.stop();
    for (const close of this.#closers.reverse()) await close();
    this.#processes.length = 0;
    this.#closers.length = 0;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(
    options: Omit<Parameters<typeof LabProcess.start>[0], 'logFile'>,
  ): Promise<LabProcess> {
    const logFile = join(this.directory, `${options.name}.log`);
    const started = await LabProcess.start({ ...options, logFile });
    this.#processes.push(started);
    return started;
  }

  #onWorkerLine(line: string): void {
    this.workerLines.push(line);
    if (!line.includes('"callEvent"')) return;
    const { callEvent } = JSON.parse(line) as { callEvent: RecordedEvent };
    this.events.push(callEvent);
    this.emitter.emit('event', callEvent);
  }

  /** Reads a settings file of the repository, lays `overrides` over it, and writes it into the lab's directory. */
  #configure(file: string, overrides: Record<string, unknown>): string {
    const settings = parse(readFileSync(join(root, file), 'utf8')) as Record<string, unknown>;
    for (const [key, value] of Object.entries(overrides)) {
      const isMap = typeof value === 'object' && !Array.isArray(value);
      settings[key] = isMap ? { ...(settings[key] as object), ...value } : value;
    }
    const path = join(this.directory, file.replaceAll('/', '-'));
    writeFileSync(path, stringify(settings));
    return path;
  }

  /** Runs `pnpm sip:setup` itself on a copy of its files, in which the outbound trunk leads to the phones. */
  async #applySipSettings(): Promise<void> {
    const sip = join(this.directory, 'sip');
    cpSync(join(root, 'sip'), sip, { recursive: true, filter: (path) => !path.endsWith('.ts') });
    editTrunk(join(sip, 'inbound-trunk.json'), { allowed_addresses: ['127.0.0.1/32'] });
    editTrunk(join(sip, 'outbound-trunk.json'), {
      address: `127.0.0.1:${this.exchange.port}`,
      transport: 'SIP_TRANSPORT_UDP',
    });
    const envFile = join(this.directory, 'trunk.env');
    const setup = join(root, 'sip', 'setup.ts');
    await runToEnd({
      command: process.execPath,
      args: [setup, '--dir', sip, '--env', envFile, '--allow-example-values'],
      env: {
        LIVEKIT_URL: this.url,
        LIVEKIT_API_KEY: this.#apiKey,
        LIVEKIT_API_SECRET: this.#apiSecret,
        SIP_INBOUND_USERNAME: this.sipUser.username,
        SIP_INBOUND_PASSWORD: this.sipUser.password,
      },
    });
    this.trunkId = /ST_\w+/.exec(readFileSync(envFile, 'utf8'))?.[0] ?? '';
  }

  #writeDirectory(ringLimitSeconds: number): void {
    const billing = {
      spokenName: 'the billing team',
      when: 'invoices, payments and refunds',
      numbers: ['$HUMAN_NUMBER'],
      ringLimitSeconds,
    };
    const file = join(this.directory, 'directory.yaml');
    writeFileSync(file, stringify({ departments: { billing } }));
  }
}

function editTrunk(file: string, changes: Record<string, unknown>): void {
  const request = JSON.parse(readFileSync(file, 'utf8')) as { trunk: Record<string, unknown> };
  writeFileSync(file, JSON.stringify({ trunk: { ...request.trunk, ...changes } }));
}

/** @throws Error with everything the command printed, unless it exits with 0. */
export function runToEnd(options: {
  command: string;
  args: string[];
  env: Record<string, string>;
}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.command, options.args, {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    child.stdout.on('data', (data) => (printed += data));
    child.stderr.on('data', (data) => (printed += data));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(printed);
      else reject(new Error(`${options.args[0]} ended with exit code ${code}:\n${printed}`));
    });
  });
}
