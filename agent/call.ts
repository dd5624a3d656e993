/**
 * One phone call, from answer to hang-up: opens what the call needs, owns it, closes it. Runs in a job process.
 *
 * The job's context is captured once, on entry. Every handler that runs later uses the captured one, because SDK
 * events arrive outside the job's AsyncLocalStorage, where getJobContext() throws (agents-js #1895).
 */
import { AutoSubscribe, type JobContext, type VAD, defineAgent, voice } from '@livekit/agents';
import { ConnectionState } from '@livekit/rtc-node';
import type { EndCause, Heir } from './call-events.ts';
import { type CallParts, createParts } from './call-parts.ts';
import { callerNumber } from './caller-number.ts';
import { CallerSide } from './caller-side.ts';
import { type Config, readConfig } from './config.ts';
import { prepareLog } from './log.ts';
import { closeSession, loadVad, startSession } from './models.ts';
import type { Relief } from './relief.ts';
import { type Over, findCaller, watchLegs } from './watch-legs.ts';
import { useTwoConnections } from './workarounds/two-connections.ts';

export default defineAgent<{ vad: VAD }>({
  prewarm: async ({ userData }) => {
    prepareLog();
    userData.vad = await loadVad();
  },
  entry: (ctx) => {
    useTwoConnections(ctx.room);
    const call = new Call(ctx, readConfig(), ctx.proc.userData.vad);
    call.relief.listen(process);
    return call.answer();
  },
});

export class Call {
  readonly #ctx: JobContext;
  readonly #parts: CallParts;
  #caller: CallerSide | undefined;
  /** Who goes on with the call when it has ended for us. */
  #heir: Heir | undefined;
  /** How the call room was over for us, once it is. */
  #over: Over | undefined;
  #ending: Promise<void> | undefined;

  constructor(ctx: JobContext, config: Config, vad: VAD) {
    this.#ctx = ctx;
    this.#parts = createParts({
      ctx,
      config,
      vad,
      caller: () => this.#caller,
      end: (cause, heir) => this.#end(cause, heir),
    });
  }

  /** For when the job has to end before the call. */
  get relief(): Relief {
    return this.#parts.relief;
  }

  /** Answers: joins the call room, finds the caller, starts the AI. The job ends with the call, not with this. */
  async answer(): Promise<void> {
    const { room } = this.#ctx;
    const { agentName, session, teardown, trace, resumed, predecessor, successor, desk, record } =
      this.#parts;
    teardown.add('call room', () => this.#closeCallRoom());
    teardown.add('session', () => closeSession(session, this.#parts.attempts.closeReason));
    this.#ctx.addShutdownCallback(() => this.#end('jobEnded', this.#watcher));
    trace.begin();
    // Nothing is heard unless asked for: the AI subscribes to the caller and to nobody else, ever.
    await this.#ctx.connect(undefined, AutoSubscribe.SUBSCRIBE_NONE);
    // A server that was restarted opens the rooms anew that people are in, and dispatches to them as if they were calls.
    predecessor?.watchForTwo();
    if (successor.hasCall) return this.#end('notNeeded', resumed ? 'another AI' : 'guardian');
    const found = resumed ? resumed.findCaller() : await findCaller(this.#ctx);
    if (this.#ending) return;
    if (!found) return this.#end('notNeeded');
    const { identity, attributes } = found;
    if (await predecessor?.knows(identity)) return;
    const number = callerNumber(attributes);
    const caller = new CallerSide({ room, session, identity, number, words: desk.words.agent });
    this.#watch(identity);
    const ai = room.localParticipant?.identity ?? '';
    const marked = trace.answered({ caller: identity, ai, agentName });
    void marked.then(() => successor.watch(() => this.#onTaken()));
    if (resumed) {
      await marked;
      if (!(await resumed.isWanted())) return this.#end('notNeeded', 'another AI');
      record({ type: 'callResumed', of: resumed.of, losses: resumed.losses });
    }
    const said = (await resumed?.said()) ?? [];
    trace.remember(session, said);
    await startSession(session, { agent: desk.createAgent(caller, said), room, hears: identity });
    if (this.#ending) return;
    caller.listen(true);
    this.#caller = caller;
    record({ type: 'callAnswered' });
    if (resumed?.isGoodbye) {
      await caller.partWith(desk.words.agent.mustEnd);
      return this.#end('aiFailed');
    }
    session.say(resumed ? desk.words.guardian.backAgain : desk.words.agent.greeting);
    caller.prepareHold();
  }

  /** Another AI has the call: we were away for too long. One that we have sent for ourselves is waited for. */
  #onTaken(): void {
    if (!this.relief.takenOver()) void this.#end('notNeeded', 'another AI');
  }

  #watch(caller: string): void {
    const { telephony, attempts, session } = this.#parts;
    watchLegs({
      room: this.#ctx.room,
      telephony,
      // Somebody who is neither the caller nor one of our humans comes and goes without meaning anything.
      onJoined: (joined) => attempts.of(joined.identity)?.put({ type: 'merged' }),
      onLeft: (left) => {
        if (left === caller) this.#onCallerLeft();
        else attempts.of(left)?.put({ type: 'humanLeft' });
      },
      // The SDK would first close the session, which can take a minute, and only then run what the job has registered.
      onOver: (how) => this.#onRoomOver(how),
    });
    session.on(voice.AgentSessionEventTypes.Close, (event) => this.#onSessionClosed(event.reason));
  }

  #onCallerLeft(): void {
    const { current } = this.#parts.attempts;
    if (current) current.put({ type: 'callerLeft' });
    else void this.#end('callerLeft');
  }

  #onSessionClosed(reason: string): void {
    this.#parts.record({ type: 'sessionClosed', reason });
    // A transfer under way goes on without the AI: the human can still take the call. A session that did not fail and
    // was not closed by us is closed by the SDK, because the job ends.
    if (!this.#parts.attempts.current) void this.#end(reason === 'error' ? 'aiFailed' : 'jobEnded');
  }

  #onRoomOver(how: Over): void {
    this.#over ??= how;
    const heir = this.#watcher ?? (how === 'lost' ? 'another AI' : undefined);
    void this.#end('jobEnded', how === 'deleted' ? undefined : heir);
  }

  /** Who sees to two who talk when this job ends. */
  get #watcher(): Heir | undefined {
    return this.#parts.attempts.areConnected ? 'guardian' : undefined;
  }

  /**
   * Ends everything with the captured context. Safe from any handler, in any async context; the first cause counts.
   * @param heir who goes on with the call. Without one the call room is deleted, with everybody in it.
   */
  #end(cause: EndCause, heir?: Heir): Promise<void> {
    return (this.#ending ??= this.#finish(cause, heir));
  }

  async #finish(cause: EndCause, heir: Heir | undefined): Promise<void> {
    this.#heir = heir;
    this.#parts.record({ type: 'callEnding', cause });
    const hasLeft = cause === 'callerLeft' || cause === 'humanLeft';
    if (!heir && !hasLeft && (await this.#parts.successor.isThere())) this.#heir = 'another AI';
    await this.#parts.teardown.close();
    this.#parts.record({ type: 'callEnded', cause });
    this.#forget(cause);
    this.#ctx.shutdown(cause);
  }

  async #closeCallRoom(): Promise<void> {
    const { telephony, roomName } = this.#parts;
    if (this.#heir) {
      this.#parts.record({ type: 'callHandedOver', to: this.#heir });
      const isOut = this.#ctx.room.connectionState !== ConnectionState.CONN_CONNECTED;
      await this.#ctx.room.disconnect();
      // A client that tries to be back opens its room anew when that has been deleted meanwhile, and then nobody is in it.
      if (!isOut || (await telephony.whoIsIn(roomName)).length > 0) return;
    }
    const tookMs = await telephony.deleteRoom(roomName, { isGoing: this.#over === 'deleted' });
    this.#parts.record({ type: 'roomGone', room: 'call', tookMs });
  }

  /** Last, because who finds the file of a process that has died puts its end on record. */
  #forget(cause: EndCause): void {
    const { trace } = this.#parts;
    if (this.#heir && cause !== 'notNeeded') trace.leave();
    else trace.forget();
  }
}
