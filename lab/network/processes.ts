/**
 * The lab's processes: started as leaders of their own group, watched until they are ready, stopped with all their
 * children. What they print is kept in a file and shown only when something failed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export type ProcessOptions = {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Where its output goes, both streams. */
  logFile: string;
  onLine?: (line: string) => void;
  /** Asked every 20 ms until it says true. */
  isReady: () => Promise<boolean>;
  readyLimitMs?: number;
  /** What is sent first to end it. The group is killed when that took longer than `stopLimitMs`. */
  stopSignal?: NodeJS.Signals;
  stopLimitMs?: number;
};

/** Those that run now: when the lab's own process ends, however it ends, they must not outlive it. */
const running = new Set<LabProcess>();
/** By name. Those that they have started themselves are not among them. */
export const runningProcesses = (): { name: string; pid: number }[] =>
  [...running].flatMap(({ name, pid }) => (pid === undefined ? [] : { name, pid }));
const killAll = () => running.forEach((started) => started.killTree());
process.once('exit', killAll);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    // At once, because a test runner that was told to stop gives its workers half a second.
    killAll();
    // Whoever handles the signal in its own way, as the demo does, decides about the exit.
    if (process.listenerCount(signal) === 1) process.exit(code);
  });
}

export class LabProcess {
  readonly name: string;
  readonly logFile: string;
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #options: ProcessOptions;
  #exit: string | undefined;

  private constructor(options: ProcessOptions) {
    this.name = options.name;
    this.logFile = options.logFile;
    this.#options = options;
    // `detached` makes it the leader of a process group, so that the whole tree can be signalled.
    const child = spawn(options.command, options.args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
    });
    this.#child = child;
    running.add(this);
    const log = createWriteStream(options.logFile, { flags: 'a' });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        options.onLine?.(line);
      });
    }
    // Children that outlive it go on writing there.
    child.once('close', () => log.end());
    this.exited = new Promise((resolve) => {
      const ended = (how: string) => {
        this.#exit ??= how;
        running.delete(this);
        resolve(how);
      };
      child.once('error', (error) => ended(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) =>
        ended(signal ? `killed by ${signal}` : `exit code ${code}`),
      );
    });
  }

  /**
   * Starts a process and waits until it is ready.
   * @throws Error with the end of its output when it ends first or is not ready in time (30 s unless said).
   */
  static async start(options: ProcessOptions): Promise<LabProcess> {
    const started = new LabProcess(options);
    const deadlineMs = Date.now() + (options.readyLimitMs ?? 30_000);
    while (!(await options.isReady().catch(() => false))) {
      const late = Date.now() > deadlineMs;
      if (started.#exit || late) {
        await started.stop();
        const why = late ? 'was not ready in time' : `ended before it was ready (${started.#exit})`;
        throw new Error(`${options.name} ${why}. Its last words:\n${started.tail()}`);
      }
      await delay(20);
    }
    return started;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  /** Signals the process alone, not its children. */
  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  /** Nobody reads any more what it and its children print: their next word fails. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  /** Ends the process and everything it started. Resolves when all of that is gone. */
  async stop(): Promise<void> {
    this.signal(this.#options.stopSignal ?? 'SIGTERM');
    const limit = new AbortController();
    const late = delay(this.#options.stopLimitMs ?? 3_000, 'late', { signal: limit.signal });
    await Promise.race([this.exited, late.catch(() => 'early')]);
    limit.abort();
    this.killTree();
    await this.exited;
    while (this.isGroupAlive) await delay(10);
  }

  /** Whether it or anything it started is there. The killed children of a worker are until the system has taken them away. */
  get isGroupAlive(): boolean {
    try {
      return this.pid !== undefined && process.kill(-this.pid, 0);
    } catch {
      return false;
    }
  }

  /** Sends SIGTERM and waits for as long as it takes. @throws Error when its children outlive it by 3 s. */
  async drained(): Promise<void> {
    this.signal('SIGTERM');
    await this.exited;
    const deadlineMs = Date.now() + 3_000;
    while (this.isGroupAlive) {
      if (Date.now() > deadlineMs) throw new Error(`${this.name} has left processes behind.`);
      await delay(10);
    }
  }

  /** Kills the whole group at once. */
  killTree(): void {
    try {
      if (this.pid) process.kill(-this.pid, 'SIGKILL');
    } catch {
      // The group is gone already.
    }
  }

  /** The last lines of its output. */
  tail(lines = 30): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }
}
