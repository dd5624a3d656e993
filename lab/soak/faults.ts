/**
 * What breaks while a soak runs, and puts it back. One thing that all calls share breaks at a time; the times are kept, because
 * a call that was under way then is judged by less: it must end, and be on record, but not as its plan says.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import { type ApiFault, broken } from '../network/api-proxy.ts';
import type { Lab } from '../network/lab.ts';
import type { FaultKind } from './plan.ts';

/** The worker that is never killed is the one whose memory is watched. */
const killedWorker = 'second worker';

/** For how long after a fault is over calls may still feel it, ms. */
const aftermathMs: Record<FaultKind, number> = {
  'job killed': 0,
  // Its jobs outlive it by 15 s.
  'worker killed': 20_000,
  'worker told to stop': 5_000,
  // Connections may take 30 s to be there again, or to be given up.
  'livekit-server killed': 40_000,
  // The server notices after 20 s that livekit-sip's legs are gone.
  'livekit-sip killed': 25_000,
  'redis killed': 10_000,
  'API silent': 6_000,
  'API broken': 6_000,
  'API broken after the work': 6_000,
};
/** How long the API is broken. */
const brokenMs = 3_000;
const methods = [
  'DeleteRoom',
  'MoveParticipant',
  'RemoveParticipant',
  'ListParticipants',
  'UpdateRoomMetadata',
  'CreateSIPParticipant',
];

export class Faults {
  readonly #lab: Lab;
  /** From when to when something was not as it should be for everybody. */
  readonly #windows: { kind: FaultKind; fromMs: number; toMs: number }[] = [];
  /** Calls that have lost their worker, and when. */
  readonly #orphaned = new Map<string, number>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  startSecondWorker() {
    const HEALTH_PORT = String(this.#lab.ports.secondHealth);
    return this.#lab.startWorker({ HEALTH_PORT }, killedWorker);
  }

  /** Resolves when nothing is broken on purpose; whoever dials a line that is down learns nothing from it. */
  async areOver(): Promise<void> {
    await this.#turn.catch(() => undefined);
  }

  /** What a call that lasted from `fromMs` to `toMs` may have felt. */
  during(fromMs: number, toMs: number): FaultKind[] {
    return this.#windows
      .filter((one) => one.fromMs < toMs && fromMs < one.toMs)
      .map(({ kind }) => kind);
  }

  /** When a call lost its worker, if it did. */
  orphanedAtMs(callId: string): number | undefined {
    return this.#orphaned.get(callId);
  }

  /** Breaks something, after what is broken now, and resolves when it is whole again. */
  inflict(kind: Exclude<FaultKind, 'job killed'>): Promise<void> {
    const done = this.#turn.then(async () => {
      const window = { kind, fromMs: nowMs(), toMs: Infinity };
      this.#windows.push(window);
      await this.#inflict(kind);
      window.toMs = nowMs() + aftermathMs[kind];
    });
    // A lab that cannot be mended is the end of the soak, and whoever asked for the fault says so.
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #inflict(kind: Exclude<FaultKind, 'job killed'>): Promise<void> {
    const lab = this.#lab;
    switch (kind) {
      case 'worker killed':
        this.#noteOrphans();
        await lab.processes.killAlone(killedWorker);
        await this.startSecondWorker();
        return;
      case 'worker told to stop':
        await lab.stopWorker(killedWorker);
        await this.startSecondWorker();
        return;
      case 'livekit-server killed':
        return lab.processes.without(
          'livekit-server',
          () => Promise.resolve(),
          () => lab.startLivekitServer(),
        );
      case 'livekit-sip killed':
        return lab.withoutLivekitSip(() => this.#everybodyGivesUp());
      case 'redis killed':
        return lab.withoutRedis(() => delay(1_000));
      case 'API silent':
        return this.#broken({ answer: 'never' });
      case 'API broken':
        return this.#broken({ isCarriedOut: false, answer: broken });
      case 'API broken after the work':
        return this.#broken({ answer: broken });
      default:
        kind satisfies never;
    }
  }

  #noteOrphans(): void {
    const pid = this.#lab.processes.pidOf(killedWorker);
    const orphans = this.#lab.mailbox.calls().filter(({ parentPid }) => parentPid === pid);
    for (const { callId } of orphans) this.#orphaned.set(callId, nowMs());
  }

  async #broken(fault: ApiFault): Promise<void> {
    for (const method of methods) this.#lab.api!.intercept(method, fault);
    await delay(brokenMs);
    this.#lab.api!.heal();
  }

  /** Nobody tells the phones that their line is dead; people notice. */
  #everybodyGivesUp(): Promise<void> {
    for (const call of this.#lab.exchange.calls) {
      // Nobody would answer the CANCEL of a call that was not answered.
      if (call.state === 'answered') call.hangUp();
      else if (call.state !== 'ended') call.vanish();
    }
    return Promise.resolve();
  }
}
