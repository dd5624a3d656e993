/**
 * The telephone network on loopback: redis, livekit-server, livekit-sip, the providers' stand-ins, the phones and a
 * worker of the application, each with its own ports. The single place that builds one. `await using` ends it.
 *
 * The application is a child process and does not know that this exists: it is given addresses, as anywhere else.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { RoomServiceClient } from 'livekit-server-sdk';
import type { CallEvent } from '../../agent/call-events.ts';
import type { Words } from '../../agent/words.ts';
import { CodeBook } from '../audio/codes.ts';
import { USUAL_WORDS_PER_MINUTE, type Voice } from '../audio/speech.ts';
import { BaresipPhone } from '../baresip/baresip-phone.ts';
import { PhoneExchange } from '../phone/exchange.ts';
import type { Tools } from '../setup/prepare.ts';
import type { ModelScript } from '../standins/model-script.ts';
import { type StandIns, openStandIns } from '../standins/standins.ts';
import { ApiProxy } from './api-proxy.ts';
import { Mailbox } from './mailbox.ts';
import { type Phones, numbers, openPhones } from './numbers.ts';
import { type Ports, takePorts } from './ports.ts';
import { httpAnswers, redisAnswers, redisDoes, sipAnswers } from './probes.ts';
import { ProcessList } from './process-list.ts';
import type { LabProcess } from './processes.ts';
import {
  applySipSettings,
  livekitServerSettings,
  livekitSipSettings,
  openRunDirectory,
  writeDepartments,
} from './settings.ts';
import { startAlone } from './start-gate.ts';
import { type TrunkChanges, withTrunk, withoutTrunk } from './trunk.ts';
import { shortWords, wordsIn } from './words-file.ts';
import { type Holder, type WorkerName, jobs, startWorker, workerOf } from './workers.ts';

export type RecordedEvent = CallEvent & { callId: string; atMs: number };

export type LabOptions = {
  tools: Tools;
  script: ModelScript;
  /** The file of the words that the AI says; the lab's short ones unless said. */
  words?: string;
  /** How long the phone of the billing team rings before the AI gives up, in whole seconds; 4 unless said. */
  ringLimitS?: number;
  /** How fast everybody talks, the AI included; as an unhurried speaker unless said. */
  wordsPerMinute?: number;
  /** Keeps what each phone hears as samples, for listening to it. */
  record?: boolean;
  /** The program that is the worker; the application's own unless said. */
  agentFile?: string;
  /** What is to be otherwise than usual in the environment of each worker. */
  workerEnv?: Record<string, string>;
  /** Without it no worker is started. */
  worker?: boolean;
  /** Lets the worker reach livekit-server through `api`, which can be told to fail. It costs each request about 1 ms. */
  faultyApi?: boolean;
  /** Departments of the directory, beside the usual. */
  desks?: Record<string, object>;
  /** livekit-server sends its webhooks to the port where a guardian may take them. */
  webhooks?: boolean;
  /** livekit-sip tells how many calls it has, on a port that it opens on all addresses: it knows no other way. */
  sipMetrics?: boolean;
};

export class Lab implements AsyncDisposable {
  readonly directory: string;
  readonly tools: Tools;
  readonly voice: Voice;
  readonly codes = new CodeBook();
  /** Everything the application recorded about its calls, in order of arrival. */
  readonly events: RecordedEvent[] = [];
  /** Each line that the worker and its jobs printed. */
  readonly workerLines: string[] = [];
  /** `event` for each recorded event. */
  readonly emitter = new EventEmitter<{ event: [RecordedEvent] }>().setMaxListeners(0);
  readonly #apiKey = 'lab';
  readonly #apiSecret = randomBytes(24).toString('hex');
  /** Those that run now, for stories that start one of their own. */
  readonly processes: ProcessList;
  readonly #closers: (() => unknown)[] = [];
  readonly #options: LabOptions;
  /** What the AI says: what stories and checks expect is taken from here. */
  words!: Words;
  ports!: Ports;
  standIns!: StandIns;
  mailbox!: Mailbox;
  exchange!: PhoneExchange;
  phones!: Phones;
  /** What stands between the worker and livekit-server, in a lab with `faultyApi`. */
  api: ApiProxy | undefined;
  #baresip: Promise<BaresipPhone> | undefined;
  trunkId = '';
  readonly sipUser = { username: 'caller', password: randomBytes(8).toString('hex') };

  private constructor(options: LabOptions) {
    const { tools, wordsPerMinute = USUAL_WORDS_PER_MINUTE } = options;
    this.#options = options;
    this.directory = openRunDirectory();
    this.processes = new ProcessList(this.directory);
    this.tools = tools;
    this.voice = { espeakNg: tools.espeakNg, wordsPerMinute };
  }

  /** Starts everything and waits until each part answers. */
  static async start(options: LabOptions): Promise<Lab> {
    const lab = new Lab(options);
    try {
      await startAlone(() => lab.#start());
      return lab;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    this.words = await wordsIn(this.#options.words ?? shortWords);
    const { release, ...ports } = await takePorts();
    this.ports = ports;
    this.#closers.push(release);
    await this.startRedis();
    await Promise.all([this.startLivekitServer(), this.#openEnds()]);
    await this.startLivekitSip();
    this.trunkId = await applySipSettings({
      directory: this.directory,
      server: this.credentials,
      caller: this.sipUser,
      phonesPort: this.exchange.port,
    });
    writeDepartments({
      directory: this.directory,
      ringLimitSeconds: this.#options.ringLimitS ?? 4,
      colleagues: [numbers.colleague, numbers.third],
      phonesPort: this.exchange.port,
      desks: this.#options.desks,
    });
    if (this.#options.faultyApi) {
      this.api = await ApiProxy.open(this.ports.livekit);
      this.#closers.push(() => this.api?.close());
    }
    if (this.#options.worker !== false) await this.startWorker();
  }

  /** The leaders of the process groups that run now. */
  get pids(): number[] {
    return this.processes.pids;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.ports.livekit}`;
  }

  get credentials() {
    return { url: this.url, apiKey: this.#apiKey, apiSecret: this.#apiSecret };
  }

  get rooms(): RoomServiceClient {
    return new RoomServiceClient(this.url, this.#apiKey, this.#apiSecret);
  }

  /** What a phone dials to reach the AI. */
  get sipAddress(): string {
    return `sip:${numbers.line}@127.0.0.1:${this.ports.sip}`;
  }

  async #openEnds(): Promise<void> {
    const { codes, voice } = this;
    this.standIns = await openStandIns({ codes, voice, script: this.#options.script });
    this.#closers.push(() => this.standIns.close());
    this.mailbox = await Mailbox.open(join(this.directory, 'data'));
    this.#closers.push(() => this.mailbox.webhook.close());
    const { record = false } = this.#options;
    this.exchange = await PhoneExchange.open({ host: '127.0.0.1', codes, voice, record });
    this.#closers.push(() => this.exchange.close());
    this.phones = openPhones(this.exchange);
  }

  startRedis(): Promise<LabProcess> {
    const { redis } = this.ports;
    // Saved only when told to; what was saved is there again after a restart.
    const memory = ['--save', '', '--appendonly', 'no', '--dir', this.directory];
    return this.processes.start({
      name: 'redis-server',
      command: this.tools.redisServer,
      args: ['--port', String(redis), '--bind', '127.0.0.1', ...memory],
      isReady: () => redisAnswers(redis),
    });
  }

  /** The repository's livekit.yaml, with ports and addresses of this lab. */
  startLivekitServer(): Promise<LabProcess> {
    const { livekit } = this.ports;
    const webhookKey = this.#options.webhooks && this.#apiKey;
    const config = livekitServerSettings(this.directory, this.ports, webhookKey);
    return this.processes.start({
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
    const { sip } = this.ports;
    const metrics = this.#options.sipMetrics;
    const config = livekitSipSettings(this.directory, this.ports, this.credentials, metrics);
    return this.processes.start({
      name: 'livekit-sip',
      command: this.tools.livekitSip,
      args: ['--config', config],
      isReady: () => sipAnswers(sip),
      // It would drain on SIGTERM, and go on answering new calls meanwhile.
      stopSignal: 'SIGINT',
    });
  }

  /** `node agent/main.ts start`, as in production. @param env what is to be otherwise than usual. */
  startWorker(env: Record<string, string> = {}, name: WorkerName = 'worker'): Promise<LabProcess> {
    const { agentFile } = this.#options;
    return startWorker(this, { name, env, agentFile, onLine: (line) => this.#onWorkerLine(line) });
  }

  /** The process that has a call, and its worker unless that has ended; undefined when none has the call any more. */
  workerOf(callId: string): Holder | undefined {
    return workerOf(this, callId);
  }

  /** A caller that is not ours, with the number and the pilot of the caller's phone. Started when first asked for. */
  baresip(): Promise<BaresipPhone> {
    this.#baresip ??= BaresipPhone.start({
      program: this.tools.baresip,
      directory: join(this.directory, 'baresip'),
      ports: { ...this.ports.baresip, dns: this.ports.stun },
      run: (options) => this.processes.start(options),
      name: this.phones.caller.name,
      number: this.phones.caller.number,
      pilot: this.phones.caller.pilot,
      ...this.sipUser,
      codes: this.codes,
      voice: this.voice,
    });
    return this.#baresip;
  }

  /** What the application is configured with: addresses of this lab, and nothing that says so. */
  get workerEnv(): Record<string, string> {
    return {
      LIVEKIT_URL: this.api?.url ?? this.url,
      LIVEKIT_API_KEY: this.#apiKey,
      LIVEKIT_API_SECRET: this.#apiSecret,
      ...this.standIns.env,
      SIP_OUTBOUND_TRUNK_ID: this.trunkId,
      HUMAN_NUMBER: numbers.human,
      ...this.mailbox.env,
      WORDS_FILE: this.#options.words ?? shortWords,
      DIRECTORY_FILE: join(this.directory, 'directory.yaml'),
      HEALTH_PORT: String(this.ports.health),
      // By default a busy machine takes no calls, and here everything runs on one.
      WORKER_MAX_CALLS: '100',
      WORKER_IDLE_PROCESSES: '1',
      // What happens when the time for a drain is over is what the stories about it are about.
      WORKER_DRAIN_SECONDS: '1',
      LOG_LEVEL: 'debug',
      ...this.#options.workerEnv,
    };
  }

  /** Lets the outbound trunk lead elsewhere, or be no good, while `during` runs; `gone` takes it away. */
  withTrunk(changes: TrunkChanges | 'gone', during: () => Promise<void>): Promise<void> {
    if (changes === 'gone') return withoutTrunk(this.ports.redis, during);
    return withTrunk({ server: this.credentials, trunkId: this.trunkId, changes, during });
  }

  /** Kills redis, does `during`, and starts it again with what it had before. */
  async withoutRedis(during: () => Promise<void>): Promise<void> {
    await redisDoes(this.ports.redis, 'SAVE');
    await this.processes.without('redis-server', during, () => this.startRedis());
  }

  /** Kills livekit-sip, does `during`, and starts it again. Its calls are lost, and the phones are not told. */
  withoutLivekitSip(during: () => Promise<void>): Promise<void> {
    return this.processes.without('livekit-sip', during, () => this.startLivekitSip());
  }

  /** Stops the worker as a deployment does. Resolves when it and all its jobs have ended by themselves. */
  stopWorker(name: WorkerName = 'worker'): Promise<void> {
    return this.processes.drained(name);
  }

  /** How many job processes have a call, as the workers themselves say. */
  jobs(): Promise<number> {
    return jobs(this);
  }

  /** Ends every process and forgets the ports. The logs stay in `directory`. */
  async stop(): Promise<void> {
    await this.processes.stop();
    for (const close of this.#closers.reverse()) await close();
    this.#closers.length = 0;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #onWorkerLine(line: string): void {
    this.workerLines.push(line);
    if (!line.includes('"callEvent"')) return;
    const { callEvent } = JSON.parse(line) as { callEvent: RecordedEvent };
    this.events.push(callEvent);
    this.emitter.emit('event', callEvent);
  }
}
