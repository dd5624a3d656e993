/**
 * What breaks while a soak runs, and puts it back. One thing that calls share breaks at a time; what it was, when, and whom it
 * touched is kept, because such a call is judged by less: it must end, and be on record, but not as its plan says.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import { type ApiFault, broken } from '../network/api-proxy.ts';
import type { Lab } from '../network/lab.ts';
import type { Holder } from '../network/workers.ts';
import type { FaultKind } from './plan.ts';

/** For how long after a fault is over calls may still feel it, ms. A job or a worker touches its own calls only, for good. */
const aftermathMs: Record<FaultKind, number> = {
  'job killed': 0,
  'worker killed': 0,
  'worker told to stop': 0,
  // Connections may take 30 s to be there again, or to be given up.
  'livekit-server killed': 40_000,
  // The server notices after 20 s that livekit-sip's legs are gone.
  'livekit-sip killed': 25_000,
  'redis killed': 10_000,
  'API silent': 6_000,
  'API slow': 6_000,
  'API broken': 6_000,
  'API broken after the work': 6_000,
};
/** How long the API is broken at least, and at most when no call asks for anything. */
const brokenMs = { least: 3_000, most: 10_000 };
const slowMs = 2_000;
/** What guardians ask for every two seconds, whether there is a call or not, shows nothing about calls. */
const askedAnyway = ['ListRooms', 'ListParticipants'];
const askedByCalls = [
  'DeleteRoom',
  'MoveParticipant',
  'RemoveParticipant',
  'UpdateRoomMetadata',
  'CreateSIPParticipant',
  'CreateDispatch',
];

/** The call in whose plan the fault is. */
export type Victim = {
  /** Its ids: it has another for each AI. */
  callIds: () => ReadonlySet<string>;
  /** Whether anybody is still on the phone. */
  isUp: () => boolean;
};

/** A call as it looks at faults: when it was under way, and which are its ids. */
export type Felt = {
  fromMs: number;
  toMs: number;
  /** When an AI answered it, if ever. */
  answeredAtMs?: number;
  callIds: ReadonlySet<string>;
};

export type Window = {
  kind: FaultKind;
  fromMs: number;
  toMs: number;
  /** Those whom it touched; all when left out. */
  callIds?: ReadonlySet<string>;
};

/** A call that loses its AI. */
export type Loss = {
  atMs: number;
  by: 'job killed' | 'worker killed';
  /** Whether all workers but its own were well then; two that die at the same time are more than is promised for. */
  isAlone: boolean;
};
/** So near to each other two faults are at the same time. */
const sameTimeMs = 10_000;

/** Of a fault that has its own calls, a call that is dialling is one: its job may have been about to start there. */
export function isFelt({ kind, fromMs, toMs, callIds }: Window, call: Felt): boolean {
  if (callIds && [...call.callIds].some((callId) => callIds.has(callId))) return true;
  if (!callIds) return fromMs < call.toMs && call.fromMs < toMs;
  const isDialling = call.fromMs <= fromMs && fromMs < (call.answeredAtMs ?? call.toMs);
  return kind !== 'job killed' && isDialling;
}

export class Faults {
  readonly #lab: Lab;
  readonly #windows: Window[] = [];
  /** When calls have lost their AI, by a kill. */
  readonly #losses = new Map<string, Omit<Loss, 'isAlone'>>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Resolves when nothing is broken on purpose; whoever dials a line that is down learns nothing from it. */
  async areOver(): Promise<void> {
    await this.#turn.catch(() => undefined);
  }

  /** What a call may have felt. */
  during(call: Felt): FaultKind[] {
    return this.#windows.filter((one) => isFelt(one, call)).map(({ kind }) => kind);
  }

  /** When a call lost its AI for the first time, if it did. */
  lossOf(callIds: ReadonlySet<string>): Loss | undefined {
    const losses = [...callIds].flatMap((callId) => this.#losses.get(callId) ?? []);
    const first = losses.toSorted((a, b) => a.atMs - b.atMs)[0];
    if (!first) return undefined;
    const isOther = ({ kind, fromMs }: Window) =>
      (kind === 'worker killed' || kind === 'worker told to stop') &&
      fromMs !== first.atMs &&
      Math.abs(fromMs - first.atMs) < sameTimeMs;
    return { ...first, isAlone: !this.#windows.some(isOther) };
  }

  /**
   * Breaks something, after what is broken now, and resolves when it is whole again.
   * @returns whether the call met it, or any when it is for all. When there is nothing left to be broken, nothing is.
   */
  async inflict(kind: FaultKind, victim: Victim): Promise<boolean> {
    if (kind === 'job killed') return this.#killJob(victim);
    const done = this.#turn.then(() => this.#inflict(kind, victim));
    // A lab that cannot be mended is the end of the soak, and whoever asked for the fault says so.
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #inflict(kind: Exclude<FaultKind, 'job killed'>, victim: Victim): Promise<boolean> {
    const lab = this.#lab;
    switch (kind) {
      case 'worker killed':
      case 'worker told to stop':
        return this.#endWorker(kind, victim);
      case 'livekit-server killed':
        return this.#forAll(kind, victim, () =>
          lab.processes.without(
            'livekit-server',
            () => Promise.resolve(),
            () => lab.startLivekitServer(),
          ),
        );
      case 'livekit-sip killed':
        return this.#forAll(kind, victim, () =>
          lab.withoutLivekitSip(() => this.#everybodyGivesUp()),
        );
      case 'redis killed':
        return this.#forAll(kind, victim, () => lab.withoutRedis(() => delay(1_000)));
      case 'API silent':
        return this.#forAll(kind, victim, () => this.#broken({ answer: 'never' }));
      case 'API slow':
        return this.#forAll(kind, victim, () => this.#broken({ answeredAfterMs: slowMs }));
      case 'API broken':
        return this.#forAll(kind, victim, () =>
          this.#broken({ isCarriedOut: false, answer: broken }),
        );
      case 'API broken after the work':
        return this.#forAll(kind, victim, () => this.#broken({ answer: broken }));
    }
  }

  /** @param breaks may tell whether any call noticed. */
  async #forAll(
    kind: FaultKind,
    victim: Victim,
    breaks: () => Promise<boolean | void>,
  ): Promise<boolean> {
    // Its turn may come when that call is over; what breaks for all can be met by any.
    if (!victim.isUp() && this.#lab.mailbox.calls().length === 0) return false;
    const window = { kind, fromMs: nowMs(), toMs: Infinity };
    this.#windows.push(window);
    const isNoticed = await breaks();
    window.toMs = nowMs() + aftermathMs[kind];
    return isNoticed ?? true;
  }

  #killJob(victim: Victim): boolean {
    const holder = this.#holderOf(victim);
    if (!holder) return false;
    const { callId, pid } = holder.call;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
      return false;
    }
    this.#touches('job killed', [callId]);
    return true;
  }

  async #endWorker(
    kind: 'worker killed' | 'worker told to stop',
    victim: Victim,
  ): Promise<boolean> {
    const lab = this.#lab;
    const { name, call } = this.#holderOf(victim) ?? {};
    if (!name) return false;
    const its = lab.mailbox.calls().filter(({ parentPid }) => parentPid === call?.parentPid);
    this.#touches(
      kind,
      its.map(({ callId }) => callId),
    );
    if (kind === 'worker killed') await lab.processes.killAlone(name);
    else await lab.stopWorker(name);
    await lab.startWorker({}, name);
    return true;
  }

  #touches(kind: 'job killed' | 'worker killed' | 'worker told to stop', callIds: string[]): void {
    const atMs = nowMs();
    this.#windows.push({ kind, fromMs: atMs, toMs: atMs, callIds: new Set(callIds) });
    if (kind === 'worker told to stop') return;
    for (const callId of callIds) this.#losses.set(callId, { atMs, by: kind });
  }

  #holderOf({ callIds }: Victim): Holder | undefined {
    return [...callIds()].reverse().flatMap((callId) => this.#lab.workerOf(callId) ?? [])[0];
  }

  /** @returns whether a call's request met it; it is waited for, because much of a call asks for nothing. */
  async #broken(fault: ApiFault): Promise<boolean> {
    const api = this.#lab.api!;
    for (const method of askedAnyway) api.intercept(method, fault);
    const met = askedByCalls.map((method) => api.intercept(method, fault));
    const isMet = () => met.some(({ count }) => count > 0);
    const sinceMs = nowMs();
    await delay(brokenMs.least);
    while (!isMet() && nowMs() - sinceMs < brokenMs.most) await delay(50);
    api.heal();
    return isMet();
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
