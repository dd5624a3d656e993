/**
 * One phone call, from answer to hang-up: opens what the call needs, owns it, closes it. Runs in a job process.
 *
 * The job's context is captured once, on entry. Every handler that runs later uses the captured one, because SDK
 * events arrive outside the job's AsyncLocalStorage, where getJobContext() throws (agents-js #1895).
 */
import { join } from 'node:path';
import { AutoSubscribe, type JobContext, type VAD, defineAgent, llm, voice } from '@livekit/agents';
import { type EndCause, type Recorder, recorder } from './call-events.ts';
import { callerNumber } from './caller-number.ts';
import { CallerSide } from './caller-side.ts';
import { type Config, readConfig } from './config.ts';
import { candidates } from './directory/candidates.ts';
import { DialBudget } from './directory/dial-budget.ts';
import type { Destination } from './directory/directory.ts';
import { opensNext } from './directory/opening-hours.ts';
import { takesMessages } from './messages/message-taker.ts';
import { audioOnly, closeSession, createSession, loadVad } from './models.ts';
import { lastWords } from './outcome.ts';
import { keepLogPrivate } from './private-log.ts';
import { createSupportAgent, greeting } from './support-agent.ts';
import { Teardown } from './teardown.ts';
import { Telephony } from './telephony.ts';
import { Attempts } from './transfer/attempts.ts';
import { Search } from './transfer/search.ts';
import { watchLegs } from './watch-legs.ts';

export default defineAgent<{ vad: VAD }>({
  prewarm: async (process) => {
    keepLogPrivate();
    process.userData.vad = await loadVad();
  },
  entry: (ctx) => new Call(ctx, readConfig(), ctx.proc.userData.vad).answer(),
});

export class Call {
  readonly #ctx: JobContext;
  readonly #config: Config;
  readonly #session: voice.AgentSession;
  readonly #telephony: Telephony;
  readonly #record: Recorder;
  readonly #teardown = new Teardown();
  readonly #attempts: Attempts;
  readonly #budget: DialBudget;
  #ending: Promise<void> | undefined;

  constructor(ctx: JobContext, config: Config, vad: VAD) {
    const { url, apiKey, apiSecret } = { ...config.livekit, ...ctx.info };
    this.#ctx = ctx;
    this.#config = config;
    this.#session = createSession(config, vad);
    this.#telephony = new Telephony({ url, apiKey, apiSecret });
    this.#record = recorder(ctx.job.id);
    this.#attempts = new Attempts({
      callId: ctx.job.id,
      callRoom: this.#roomName,
      config,
      vad,
      telephony: this.#telephony,
      session: this.#session,
      teardown: this.#teardown,
      endCall: (cause) => void this.#end(cause),
      record: this.#record,
    });
    const { dialsPerHour: perHour } = config.directory;
    this.#budget = new DialBudget({ file: join(config.dataDir, 'dials'), perHour });
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
    const { identity, attributes } = await this.#ctx.waitForParticipant();
    const number = callerNumber(attributes);
    const caller = new CallerSide({ room, session: this.#session, identity, number });
    watchLegs({
      room,
      telephony: this.#telephony,
      // Somebody who is neither the caller nor one of our humans comes and goes without meaning anything.
      onJoined: (joined) => this.#attempts.of(joined.identity)?.put({ type: 'merged' }),
      onLeft: (left) => {
        if (left === identity) this.#onCallerLeft();
        else this.#attempts.of(left)?.put({ type: 'humanLeft' });
      },
      // The SDK would first close the session, which can take a minute, and only then run what the job has registered.
      onOver: () => void this.#end('jobEnded'),
    });
    this.#session.on(voice.AgentSessionEventTypes.Close, (event) =>
      this.#onSessionClosed(event.reason),
    );
    await this.#session.start({
      agent: createSupportAgent({
        directory: this.#config.directory,
        transferTo: (destination) => this.#transfer(caller, destination),
        messages: takesMessages({
          config: this.#config,
          session: this.#session,
          callId: this.#ctx.job.id,
          record: this.#record,
        }),
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

  #onCallerLeft(): void {
    const { current } = this.#attempts;
    if (current) current.put({ type: 'callerLeft' });
    else void this.#end('callerLeft');
  }

  #onSessionClosed(reason: string): void {
    this.#record({ type: 'sessionClosed', reason });
    // A transfer under way goes on without the AI: the human can still take the call. A session that did not fail and
    // was not closed by us is closed by the SDK, because the job ends.
    if (!this.#attempts.current) void this.#end(reason === 'error' ? 'aiFailed' : 'jobEnded');
  }

  /** Begins the way through the directory. @throws ToolError with words for the model when nobody can be rung. */
  #transfer(caller: CallerSide, wanted: Destination): void {
    if (this.#attempts.current) throw new llm.ToolError('A transfer is already under way.');
    const now = new Date();
    const found = candidates(this.#config.directory, wanted, now);
    if (found.length === 0) {
      const opens = wanted.hours && opensNext(wanted.hours, now);
      throw new llm.ToolError(
        `${wanted.spokenName} is closed, and opens ${opens}. Tell the caller.`,
      );
    }
    const search = new Search({
      candidates: found,
      caller,
      open: (candidate, handOver) => this.#attempts.open({ caller, candidate, handOver }),
      mayDial: () => this.#mayDial(),
      lastWords: lastWords(this.#config.messageWebhook !== undefined),
    });
    if (!search.start())
      throw new llm.ToolError('No more calls can be placed. Tell the caller so.');
  }

  #mayDial(): boolean {
    const { dialsPerCall } = this.#config.directory;
    return this.#attempts.count < dialsPerCall && this.#budget.take();
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
