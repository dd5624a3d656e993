/** One call of a soak from the dial to the last hang-up, and what was observed of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import { latencies } from '../checks/latencies.ts';
import type { World } from '../checks/world.ts';
import type { Lab } from '../network/lab.ts';
import type { PhoneCall } from '../phone/phone-call.ts';
import { legRecord } from '../scenarios/run.ts';
import { Stage } from '../scenarios/stage.ts';
import type { Faults } from './faults.ts';
import { type Played, expectedOf, openCalls } from './judge.ts';
import type { Lane } from './lanes.ts';
import type { Measured } from './numbers.ts';
import { type CallPlan, type FaultKind, longestAfterMs } from './plan.ts';
import type { RoomWatch } from './room-watch.ts';
import { type LastLeg, at, bothAreOffThePhone, hangsUpEarly, tell } from './story.ts';

const backAgain = 'I am sorry, the line dropped.';
/** So long a leg may be up after the other, whatever was broken; less is for the judge. */
const strandedMs = 60_000;

type Options = { lab: Lab; lane: Lane; plan: CallPlan; faults: Faults };

export class SoakCall {
  readonly plan: CallPlan;
  readonly #options: Options;
  #stage: Stage | undefined;
  #caller: PhoneCall | undefined;
  /** Calls that the human's phone had before this one. */
  readonly #before: number;
  /** And with it. */
  #after: number | undefined;
  #startedMs = 0;
  #endedMs = Infinity;
  #lostAtMs: number | undefined;
  #wasHurt = false;
  #wasAnswered = false;
  #wasEarly = false;
  #lastLeg: LastLeg | undefined;
  #stopped: string | undefined;
  #stranded: string | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.plan = options.plan;
    this.#before = options.lane.human.calls.length;
  }

  /** @param inTurn lets one call after the other be answered, so that each knows which is its own. */
  async play(inTurn: (dial: () => Promise<void>) => Promise<void>): Promise<void> {
    const { plan, lane, faults } = this.#options;
    let happening: Promise<unknown>[] = [];
    try {
      await inTurn(() => this.#dial());
      const stage = this.#stage!;
      const early = hangsUpEarly(stage, plan).then((was) => (this.#wasEarly = was));
      happening = [early, this.#break()].map((one) =>
        one.catch((error: Error) => void (this.#stranded ??= error.message)),
      );
      await tell({ stage, plan, lane });
      await Promise.race([Promise.all(happening), this.#caller!.ended]);
    } catch (error) {
      this.#stopped = (error as Error).message;
    }
    await this.#hangUp();
    // What was about to happen when the call ended happens now.
    await Promise.race([Promise.all(happening), delay(longestAfterMs)]);
    this.#endedMs = nowMs();
    this.#after = lane.human.calls.length;
    // A call that came when nobody waited for it any more is not the next story's.
    let stale: unknown = lane;
    while (stale) stale = await lane.human.incoming(0).catch(() => undefined);
    await faults.areOver();
  }

  async #dial(): Promise<void> {
    const { lab, lane, faults } = this.#options;
    await faults.areOver();
    this.#stage = new Stage(lab);
    this.#stage.callerPhone = lane.caller;
    this.#stage.humanPhone = lane.human;
    this.#startedMs = nowMs();
    try {
      await this.#stage.callerDials();
      await this.#stage.until((e) => e.type === 'callAnswered', 'an answer');
      this.#wasAnswered = true;
    } finally {
      this.#caller = lane.caller.calls.at(-1);
      // The next call that is answered is not this one.
      if (!this.#wasAnswered) this.#stage.close();
    }
  }

  /** Breaks what the plan says, when it says so. */
  async #break(): Promise<void> {
    const { lab, plan, faults } = this.#options;
    const { fault } = plan;
    if (!fault) return;
    await at(this.#stage!, fault, async () => {
      if (fault.kind !== 'job killed') return faults.inflict(fault.kind);
      const ids = this.#callIds;
      const job = lab.mailbox.calls().find(({ callId }) => ids.has(callId));
      if (!job) return;
      try {
        process.kill(job.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
        return;
      }
      this.#wasHurt = true;
      this.#lostAtMs = nowMs();
    });
  }

  /** Who is left with the AI hangs up; who is left by the other is hung up on. */
  async #hangUp(): Promise<void> {
    const caller = this.#caller;
    if (!caller) return;
    const wereConnected = this.#stage!.events.some(
      (e) => e.type === 'phaseChanged' && e.to === 'connected',
    );
    const isLeft = wereConnected && this.#humanCalls.at(-1)?.endedAtMs !== undefined;
    if (this.#stopped !== undefined && !isLeft) caller.hangUp();
    const humanCalls = () => this.#humanCalls;
    try {
      const limitMs = strandedMs;
      const isBackWithAi = () => isLeft && this.#isBackWithAi;
      this.#lastLeg = await bothAreOffThePhone({ caller, humanCalls, isBackWithAi, limitMs });
    } catch (error) {
      this.#stranded = (error as Error).message;
      for (const call of [caller, ...humanCalls()]) call.hangUp();
    }
  }

  /** Another AI has come to a caller whose human has hung up. */
  get #isBackWithAi(): boolean {
    return this.#stage!.events.at(-1)?.type === 'callAnswered' && this.#callIds.size > 1;
  }

  /** Whether its end is not on record yet. */
  get isOpen(): boolean {
    return openCalls(this.#stage?.events ?? []).length > 0;
  }

  get #humanCalls(): readonly PhoneCall[] {
    return this.#options.lane.human.calls.slice(this.#before, this.#after);
  }

  get #callIds(): ReadonlySet<string> {
    return new Set(this.#stage?.events.map(({ callId }) => callId));
  }

  /** What was broken while it lasted. */
  get broken(): readonly FaultKind[] {
    const shared = this.#options.faults.during(this.#startedMs, this.#endedMs);
    return this.#wasHurt ? ['job killed', ...shared] : shared;
  }

  /** In a word. */
  get outcome(): string {
    const ended = this.#stage?.events.findLast((e) => e.type === 'transferEnded');
    if (ended) return ended.outcome;
    return this.#stage?.events.length ? 'no transfer' : 'not answered';
  }

  get recorded(): string[] {
    return (this.#stage?.events ?? []).map(({ callId, atMs, type, ...rest }) => {
      const at_ = String(Math.round(atMs - this.#startedMs)).padStart(7);
      return `${at_} ms ${callId} ${type} ${JSON.stringify(rest)}`;
    });
  }

  get ladders() {
    const legs = [{ who: 'caller', call: this.#caller }];
    for (const call of this.#humanCalls) legs.push({ who: 'human', call });
    return legs.flatMap(({ who, call }) => (call ? [{ who, ladder: call.ladder }] : []));
  }

  /** For the judge, when all calls are over. */
  played(rooms: RoomWatch): Played {
    const { plan } = this;
    return {
      plan,
      isFaulty: this.broken.length > 0,
      wasAnswered: this.#wasAnswered,
      wasEarly: this.#wasEarly,
      world: this.#world(rooms),
      ...(this.#lastLeg && { lastLeg: this.#lastLeg }),
      ...(this.#stopped !== undefined && { stopped: this.#stopped }),
      ...(this.#stranded !== undefined && { stranded: this.#stranded }),
    };
  }

  measured(rooms: RoomWatch): Measured {
    const played = this.played(rooms);
    const { world } = played;
    const connected = world.events.findLast(
      (e) => e.type === 'transferEnded' && e.outcome === 'connected',
    );
    const lostAtMs = this.#lostAt;
    const back = world.caller.frames.find(
      ({ atMs, code }) => lostAtMs !== undefined && atMs > lostAtMs && code === this.#codeOfBack,
    );
    return {
      played,
      latencies: latencies({ ...world, expected: expectedOf(played) }),
      by: connected?.type === 'transferEnded' ? connected.by : undefined,
      faults: this.broken,
      ...(lostAtMs !== undefined && { lostAtMs }),
      ...(back && { backAtMs: back.atMs }),
    };
  }

  /** When its AI was killed, with its worker or alone. */
  get #lostAt(): number | undefined {
    const { faults } = this.#options;
    const orphaned = [...this.#callIds].flatMap((callId) => faults.orphanedAtMs(callId) ?? []);
    return this.#lostAtMs ?? orphaned[0];
  }

  get #codeOfBack(): number {
    return this.#options.lab.codes.codeOf(backAgain);
  }

  #world(rooms: RoomWatch): Omit<World, 'expected'> {
    const { lab, lane } = this.#options;
    const stage = this.#stage;
    const said = (who: 'caller' | 'human') => ({
      said: stage?.said[who] ?? [],
      pressed: stage?.pressed[who] ?? [],
    });
    const [human] = this.#humanCalls.slice(-1);
    const decided = lab.standIns.requests.find(
      ({ reply, finishedAtMs }) =>
        reply?.call?.arguments['destination'] === lane.desk &&
        (finishedAtMs ?? 0) > this.#startedMs,
    );
    const roomsGoneAtMs = rooms.goneAtMs(this.#callIds);
    return {
      caller: legRecord(lane.caller, this.#caller, said('caller')),
      ...(human && { human: legRecord(lane.human, human, said('human')) }),
      events: stage?.events ?? [],
      spoken: [],
      heardByAi: lab.standIns.heard.filter(
        ({ atMs }) => atMs > this.#startedMs && atMs < this.#endedMs,
      ),
      messages: { requests: [], waiting: [] },
      ...(decided?.finishedAtMs !== undefined && { decidedAtMs: decided.finishedAtMs }),
      ...(roomsGoneAtMs !== undefined && { roomsGoneAtMs }),
      roomsLeft: [],
      jobsLeft: 0,
      workerLines: [],
      phoneNumbers: [],
    };
  }
}
