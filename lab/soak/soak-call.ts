/** One call of a soak from the dial to the last hang-up, and what was observed of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import { latencies } from '../checks/latencies.ts';
import type { Lab } from '../network/lab.ts';
import { IncomingCall } from '../phone/incoming-call.ts';
import type { PhoneCall } from '../phone/phone-call.ts';
import { Stage } from '../scenarios/stage.ts';
import type { Faults, Felt } from './faults.ts';
import { backAtMs, helpedAtMs, patienceMs } from './help.ts';
import { type Broken, type Played, connectedAtMs, expectedOf, unconfirmed } from './judge.ts';
import type { Lane } from './lanes.ts';
import type { Measured } from './numbers.ts';
import { worldOf } from './observed.ts';
import { type CallPlan, longestAfterMs } from './plan.ts';
import { openCalls } from './record-kept.ts';
import type { RoomWatch } from './room-watch.ts';
import { type LastLeg, at, bothAreOffThePhone, hangsUpEarly, tell } from './story.ts';

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
  #answeredAtMs: number | undefined;
  #wasHit = false;
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
      this.#answeredAtMs = nowMs();
    } finally {
      this.#caller = lane.caller.calls.at(-1);
      // The next call that is answered is not this one; but an AI may have answered it, and the phone was never told.
      const isUnknown = this.#answeredAtMs === undefined && this.#stage.events.length === 0;
      if (isUnknown) this.#stage.close();
    }
  }

  /** Breaks what the plan says, when it says so. */
  async #break(): Promise<void> {
    const { plan, faults } = this.#options;
    const { fault } = plan;
    if (!fault) return;
    const callIds = () => this.callIds;
    const isUp = () =>
      [this.#caller, ...this.#humanCalls].some((call) => call && call.endedAtMs === undefined);
    await at(this.#stage!, fault, async () => {
      this.#wasHit = await faults.inflict(fault.kind, { callIds, isUp });
    });
  }

  /** Who is left with the AI hangs up; who is left by the other is hung up on. */
  async #hangUp(): Promise<void> {
    const caller = this.#caller;
    if (!caller) return;
    await this.#waitsForHelp(caller);
    const wereConnected = this.#stage!.events.some(
      (e) => e.type === 'phaseChanged' && e.to === 'connected',
    );
    // They may have talked although nobody was left who could say so.
    const haveTalked = wereConnected || this.#stopped === undefined;
    const isLeft = haveTalked && this.#humanCalls.at(-1)?.endedAtMs !== undefined;
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

  /** Who has lost the AI stays on the line until they hear somebody, or have waited long enough to say that nobody came. */
  async #waitsForHelp(caller: PhoneCall): Promise<void> {
    const isWaiting = () => {
      const loss = this.#loss;
      const isOver = caller.endedAtMs !== undefined;
      if (isOver || !loss || loss.helpedAtMs !== undefined) return false;
      const talked = (connectedAtMs({ events: this.#stage!.events }) ?? Infinity) <= loss.atMs;
      return !talked && nowMs() < loss.atMs + patienceMs;
    };
    while (isWaiting()) await delay(50);
  }

  /** Another AI has come to a caller whose human has hung up. */
  get #isBackWithAi(): boolean {
    return this.#stage!.events.at(-1)?.type === 'callAnswered' && this.callIds.size > 1;
  }

  /** Whether its end is not on record yet. */
  get isOpen(): boolean {
    return openCalls(this.#stage?.events ?? []).length > 0;
  }

  get #humanCalls(): readonly IncomingCall[] {
    const calls = this.#options.lane.human.calls.slice(this.#before, this.#after);
    return calls.filter((call) => call instanceof IncomingCall);
  }

  /** It has another for each AI that it had. */
  get callIds(): ReadonlySet<string> {
    return new Set(this.#stage?.events.map(({ callId }) => callId));
  }

  /** Whether what was planned to break did, while it lasted. */
  get wasHit(): boolean {
    return this.#wasHit;
  }

  /** Whether the human answered as they were taken back, and livekit-sip left them on the line. */
  get wasUnconfirmed(): boolean {
    return this.#humanCalls.some((call) => call.wasCrossed && call.ending?.by === 'us');
  }

  /** What was broken while it lasted. */
  get broken(): readonly Broken[] {
    const answeredAtMs = this.#answeredAtMs;
    const felt: Felt = {
      fromMs: this.#startedMs,
      toMs: this.#endedMs,
      ...(answeredAtMs !== undefined && { answeredAtMs }),
      callIds: this.callIds,
    };
    const inflicted = this.#options.faults.during(felt);
    return this.wasUnconfirmed ? [...inflicted, unconfirmed] : inflicted;
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
    const loss = this.#loss;
    return {
      plan,
      broken: this.broken,
      ...(loss && { loss }),
      wasAnswered: this.#answeredAtMs !== undefined,
      wasEarly: this.#wasEarly,
      world: worldOf({
        ...this.#options,
        stage: this.#stage,
        caller: this.#caller,
        humanCalls: this.#humanCalls,
        callIds: this.callIds,
        rooms,
        fromMs: this.#startedMs,
        toMs: this.#endedMs,
      }),
      ...(this.#lastLeg && { lastLeg: this.#lastLeg }),
      ...(this.#stopped !== undefined && { stopped: this.#stopped }),
      ...(this.#stranded !== undefined && { stranded: this.#stranded }),
    };
  }

  measured(rooms: RoomWatch): Measured {
    const played = this.played(rooms);
    const { world, loss } = played;
    const connected = world.events.findLast(
      (e) => e.type === 'transferEnded' && e.outcome === 'connected',
    );
    const { words } = this.#options.lab;
    const backMs = loss && backAtMs(this.#caller?.frames ?? [], { sinceMs: loss.atMs, words });
    return {
      played,
      latencies: latencies({ ...world, expected: expectedOf(played) }),
      by: connected?.type === 'transferEnded' ? connected.by : undefined,
      ...(backMs !== undefined && { backAtMs: backMs }),
    };
  }

  /** When it lost its AI by a kill, and when the caller was helped, if they were. */
  get #loss(): Played['loss'] {
    const { lab, faults, lane } = this.#options;
    const loss = faults.lossOf(this.callIds);
    if (!loss) return undefined;
    const [frames, pilot] = [this.#caller?.frames ?? [], lane.human.pilot];
    const helpedMs = helpedAtMs(frames, { pilot, sinceMs: loss.atMs, words: lab.words });
    return { ...loss, ...(helpedMs !== undefined && { helpedAtMs: helpedMs }) };
  }
}
