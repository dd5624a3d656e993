/**
 * The half of the teardown that does not depend on anybody having seen anything: every few seconds it looks at the rooms as
 * they are, and ends what has outlived its call. One runs in each worker's parent process; `pnpm guardian` is one more.
 */
import { randomUUID } from 'node:crypto';
import { log } from '@livekit/agents';
import { limits } from '../limits.ts';
import { type Credentials, told } from '../server-api.ts';
import { diedCalls } from './call-file.ts';
import { Sweep } from './sweep.ts';

export class Guardian {
  readonly #sweep: Sweep;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<number> | undefined;
  #isHurried = false;
  #isBlind = false;
  #isStopped = false;
  /** Before that it does not look again because somebody asks, in ms of a clock that never jumps. */
  #restsUntilMs = 0;

  constructor(options: {
    server: Credentials;
    /** Who is sent to a caller who has lost the AI. */
    agentName: string;
    /** Where the calls of this machine are on record. */
    callsFolder: string;
  }) {
    const { server, agentName, callsFolder } = options;
    this.#sweep = new Sweep({
      server,
      agentName,
      diedCalls: (rooms) => diedCalls(callsFolder, rooms),
      id: randomUUID(),
    });
  }

  /** Sweeps now and every `limits.guardMs`, give or take a quarter, so that guardians do not keep step. */
  start(): void {
    this.hasten();
  }

  /** Sweeps at once; when one is under way or was a moment ago, once more after it. Nothing depends on anybody's asking. */
  hasten(): void {
    if (this.#sweeping) this.#isHurried = true;
    else this.#sweepIn(this.#restsUntilMs - performance.now());
  }

  #sweepIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#sweeping = this.#look();
      void this.#sweeping.then((dueMs) => this.#pause(dueMs));
    }, ms);
  }

  #pause(dueMs: number): void {
    this.#sweeping = undefined;
    this.#restsUntilMs = performance.now() + limits.guardRestMs;
    const usualMs = limits.guardMs * (0.75 + Math.random() / 2);
    this.#sweepIn(this.#isHurried ? limits.guardRestMs : Math.min(usualMs, dueMs));
    this.#isHurried = false;
  }

  /** Resolves when the sweep that is under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  async #look(): Promise<number> {
    try {
      const dueMs = await this.#sweep.run();
      if (this.#isBlind) log().info('the guardian sees the rooms again');
      this.#isBlind = false;
      return dueMs;
    } catch (error) {
      if (!this.#isBlind)
        log().error(
          told(error),
          'the guardian cannot see the rooms. With status 401 LiveKit refuses our key, or this clock is wrong: `pnpm doctor` says which',
        );
      this.#isBlind = true;
      return Infinity;
    }
  }
}
