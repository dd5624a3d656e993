/** The processes of one lab, by name: started, taken away for a while, replaced, stopped. Called by lab.ts only. */
import { join } from 'node:path';
import { LabProcess, type ProcessOptions } from './processes.ts';

export class ProcessList {
  readonly #directory: string;
  readonly #running: LabProcess[] = [];
  /** Those that were killed and may have left children. */
  readonly #orphaned: LabProcess[] = [];
  /** Which have ended although nobody asked them to, and how. */
  readonly endedByThemselves: string[] = [];

  /** @param directory where each process keeps a log of its name. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The leaders of the process groups that run now. */
  get pids(): number[] {
    return this.#running.flatMap((started) => started.pid ?? []);
  }

  /** How many of those that were killed have left children that are still there. */
  get orphans(): number {
    return this.#orphaned.filter((started) => started.isGroupAlive).length;
  }

  pidOf(name: string): number | undefined {
    return this.#running.find((started) => started.name === name)?.pid;
  }

  has(name: string): boolean {
    return this.#running.some((started) => started.name === name);
  }

  async start(options: Omit<ProcessOptions, 'logFile'>): Promise<LabProcess> {
    const logFile = join(this.#directory, `${options.name}.log`);
    const started = await LabProcess.start({ ...options, logFile });
    this.#running.push(started);
    void started.exited.then((how) => {
      // Who is asked to end is off the list before.
      if (this.#running.includes(started)) this.endedByThemselves.push(`${started.name} (${how})`);
    });
    return started;
  }

  /** Takes away who reads what a process and its children print, for as long as they live. */
  closeOutput(name: string): void {
    const one = this.#running.find((started) => started.name === name);
    if (!one) throw new Error(`The lab has no ${name}.`);
    one.closeOutput();
  }

  /** Kills a process, does `during`, and starts it again. */
  async without(
    name: string,
    during: () => Promise<void>,
    startAgain: () => Promise<unknown>,
  ): Promise<void> {
    const killed = this.#taken(name);
    killed.killTree();
    await killed.exited;
    await during().finally(startAgain);
  }

  /** Kills a process and not its children, which the list forgets. Resolves when it is gone. */
  async killAlone(name: string): Promise<void> {
    const killed = this.#taken(name);
    this.#orphaned.push(killed);
    killed.signal('SIGKILL');
    await killed.exited;
  }

  /** Asks a process to end, and waits until it has ended by itself, with all its children. */
  drained(name: string): Promise<void> {
    return this.#taken(name).drained();
  }

  /** Ends all of them, the last started first. */
  async stop(): Promise<void> {
    for (const started of this.#orphaned.splice(0)) started.killTree();
    for (const started of this.#running.splice(0).reverse()) await started.stop();
  }

  /** A process that is about to end and is not ours to stop any more. */
  #taken(name: string): LabProcess {
    const at = this.#running.findIndex((started) => started.name === name);
    if (at < 0) throw new Error(`The lab has no ${name}.`);
    return this.#running.splice(at, 1)[0]!;
  }
}
