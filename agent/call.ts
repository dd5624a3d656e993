/**
 * One phone call, from answer to hang-up: opens what the call needs, owns it, closes it. Runs in a job process.
 *
 * The job's context is captured once, on entry. Every handler that runs later uses the captured one, because SDK
 * events arrive outside the job's AsyncLocalStorage, where getJobContext() throws (agents-js #1895).
 */
import { randomUUID } from 'node:crypto';
import { AutoSubscribe, type JobContext, type VAD, defineAgent, llm, voice } from '@livekit/agents';
import { type EndCause, type Recorder, recorder } from './call-events.ts';
import { CallerSide } from './caller-side.ts';
import { type Config, readConfig } from './config.ts';
import type { Destination } from './directory.ts';
import { audioOnly, closeSession, createLlm, createSession, loadVad } from './models.ts';
import { createSupportAgent, greeting, onHold } from './support-agent.ts';
import { Teardown } from './teardown.ts';
import { Telephony } from './telephony.ts';
import { summarise } from './transfer/briefing.ts';
import { Consultation } from './transfer/consultation.ts';
import { HumanLeg } from './transfer/human-leg.ts';
import { Offer } from './transfer/offer.ts';
import type { TransferEvent } from './transfer/vocabulary.ts';
import { Transfer } from './transfer/transfer.ts';
import { watchLegs } from './watch-legs.ts';

export default defineAgent<{ vad: VAD }>({
  prewarm: async (process) => {
    process.userData.vad = await loadVad();
  },
  entry: (ctx) => new Call(ctx, readConfig(), ctx.proc.userData.vad).answer(),
});

/** A transfer attempt and the identity of the human it rings. */
type Attempt = { transfer: Transfer; human: string };

export class Call {
  readonly #ctx: JobContext;
  readonly #config: Config;
  readonly #vad: VAD;
  readonly #session: voice.AgentSession;
  readonly #telephony: Telephony;
  readonly #record: Recorder;
  readonly #teardown = new Teardown();
  #attempt: Attempt | undefined;
  #attempts = 0;
  #ending: Promise<void> | undefined;

  constructor(ctx: JobContext, config: Config, vad: VAD) {
    const { url, apiKey, apiSecret } = { ...config.livekit, ...ctx.info };
    this.#ctx = ctx;
    this.#config = config;
    this.#vad = vad;
    this.#session = createSession(config, vad);
    this.#telephony = new Telephony({ url, apiKey, apiSecret });
    this.#record = recorder(ctx.job.id);
  }

  get #roomName(): string {
    return this.#ctx.job.room?.name ?? '';
  }

  /** Answers: joins the call room, finds the caller, starts the AI. The job ends with the call, not with this. */
  async answer(): Promise<void> {
    const { room } = this.#ctx;
    this.#teardown.add('call room', () => this.#deleteCallRoom());
    this.#teardown.add('session', () => closeSession(this.#session));
    this.#ctx.addShutdownCallback(() => this.#end('jobEnded'));
    // Nothing is heard unless asked for: the AI subscribes to the caller and to nobody else, ever.
    await this.#ctx.connect(undefined, AutoSubscribe.SUBSCRIBE_NONE);
    const { identity } = await this.#ctx.waitForParticipant();
    const caller = new CallerSide({ room, session: this.#session, identity });
    watchLegs({
      room,
      telephony: this.#telephony,
      onJoined: (joined) => this.#onJoined(joined.identity),
      onLeft: (left) => (left === identity ? this.#onCallerLeft() : this.#onOtherLeft(left)),
    });
    this.#session.on(voice.AgentSessionEventTypes.Close, (event) =>
      this.#onSessionClosed(event.reason),
    );
    await this.#session.start({
      agent: createSupportAgent({
        directory: this.#config.directory,
        transferTo: (destination) => this.#transfer(caller, destination),
      }),
      room,
      record: false,
      inputOptions: { ...audioOnly.inputOptions, participantIdentity: identity },
      outputOptions: audioOnly.outputOptions,
    });
    caller.listen(true);
    this.#record({ type: 'callAnswered' });
    this.#session.say(greeting);
  }

  /** The attempt that is under way, if there is one. */
  get #current(): Attempt | undefined {
    return this.#attempt?.transfer.isOver ? undefined : this.#attempt;
  }

  /** The human of an attempt that is over counts, too: a move that was given up on may come late. */
  #onJoined(identity: string): void {
    if (identity === this.#attempt?.human) this.#attempt.transfer.put({ type: 'merged' });
  }

  #onCallerLeft(): void {
    if (this.#current) this.#current.transfer.put({ type: 'callerLeft' });
    else void this.#end('callerLeft');
  }

  /** Somebody else's leaving means nothing, unless it is the human's. */
  #onOtherLeft(identity: string): void {
    if (identity === this.#current?.human) this.#current.transfer.put({ type: 'humanLeft' });
  }

  #onSessionClosed(reason: string): void {
    this.#record({ type: 'sessionClosed', reason });
    // A transfer under way goes on without the AI: the human can still take the call.
    if (!this.#current) void this.#end('aiFailed');
  }

  #transfer(caller: CallerSide, destination: Destination): void {
    if (this.#current) throw new llm.ToolError('A transfer is already under way.');
    const attempt = `${this.#ctx.job.id}-${++this.#attempts}`;
    const [consultRoom, human] = [`consult-${attempt}`, `human-${attempt}`];
    const put = (event: TransferEvent) => transfer.put(event);
    const [telephony, record] = [this.#telephony, this.#record];
    const consultation = new Consultation({
      telephony,
      session: createSession(this.#config, this.#vad),
      names: { room: consultRoom, human, agent: `agent-${attempt}` },
      offer: new Offer(randomUUID()),
      spokenName: destination.spokenName,
      summary: summarise(createLlm(this.#config), this.#session.chatCtx),
      put,
    });
    const humanLeg = new HumanLeg({
      telephony,
      consultation,
      trunkId: this.#config.outboundTrunkId,
      destination,
      identity: human,
      consultRoom,
      callRoom: this.#roomName,
      put,
      record,
    });
    const endCall = (cause: EndCause) => void this.#end(cause);
    const transfer = new Transfer({
      attempt,
      destination,
      caller,
      human: humanLeg,
      consultation,
      endCall,
      record,
    });
    this.#teardown.add('transfer', () => transfer.close());
    this.#attempt = { transfer, human };
    transfer.start();
    caller.hold(onHold(destination), () => transfer.holdWords);
  }

  /** Ends everything with the captured context. Safe from any handler, in any async context; the first cause counts. */
  #end(cause: EndCause): Promise<void> {
    return (this.#ending ??= this.#finish(cause));
  }

  async #finish(cause: EndCause): Promise<void> {
    this.#record({ type: 'callEnding', cause });
    await this.#teardown.close();
    this.#record({ type: 'callEnded', cause });
    this.#ctx.shutdown(cause);
  }

  async #deleteCallRoom(): Promise<void> {
    const tookMs = await this.#telephony.deleteRoom(this.#roomName);
    this.#record({ type: 'roomGone', room: 'call', tookMs });
  }
}
