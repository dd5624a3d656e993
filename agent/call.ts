/**
 * One phone call, from answer to hang-up: opens what the call needs, owns it, closes it. Runs in a job process.
 *
 * The job's context is captured once, on entry. Every handler that runs later uses the captured one, because SDK
 * events arrive outside the job's AsyncLocalStorage, where getJobContext() throws (agents-js #1895).
 */
import {
  AutoSubscribe,
  type JobContext,
  type VAD,
  defineAgent,
  llm,
  log,
  voice,
} from '@livekit/agents';
import { type RemoteParticipant, RoomEvent } from '@livekit/rtc-node';
import { type EndCause, type Recorder, recorder } from './call-events.ts';
import { type Config, readConfig } from './config.ts';
import type { Destination } from './directory.ts';
import { HoldAudio } from './hold.ts';
import { audioOnly, createLlm, createSession, loadVad } from './models.ts';
import { createSupportAgent, greeting, onHold } from './support-agent.ts';
import { Teardown } from './teardown.ts';
import { Telephony, watchLegs } from './telephony.ts';
import { summarise } from './transfer/briefing.ts';
import { Consultation } from './transfer/consultation.ts';
import { type CallerSide, Transfer } from './transfer/transfer.ts';

export default defineAgent<{ vad: VAD }>({
  prewarm: async (process) => {
    process.userData.vad = await loadVad();
  },
  entry: (ctx) => new Call(ctx, readConfig(), ctx.proc.userData.vad).answer(),
});

export class Call {
  readonly #ctx: JobContext;
  readonly #config: Config;
  readonly #vad: VAD;
  readonly #session: voice.AgentSession;
  readonly #telephony: Telephony;
  readonly #record: Recorder;
  readonly #teardown = new Teardown();
  #callerIdentity = '';
  #hold: HoldAudio | undefined;
  #transfer: Transfer | undefined;
  #human = '';
  #attempts = 0;

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
    this.#teardown.add('session', () => this.#session.close());
    this.#ctx.addShutdownCallback(() => this.#teardown.close());
    // Nothing is heard unless asked for: the AI subscribes to the caller and to nobody else, ever.
    await this.#ctx.connect(undefined, AutoSubscribe.SUBSCRIBE_NONE);
    const caller = await this.#ctx.waitForParticipant();
    this.#callerIdentity = caller.identity;
    watchLegs({
      room,
      telephony: this.#telephony,
      onJoined: ({ identity }) =>
        identity === this.#human && this.#transfer?.put({ type: 'merged' }),
      onLeft: (identity) => this.#onLeft(identity),
    });
    room.on(RoomEvent.TrackPublished, (_, { identity }) =>
      this.#listen(identity === caller.identity),
    );
    this.#session.on(voice.AgentSessionEventTypes.Close, ({ reason }) =>
      this.#onSessionClosed(reason),
    );
    await this.#session.start({
      agent: createSupportAgent({
        directory: this.#config.directory,
        transferTo: (destination) => this.#transferTo(destination),
      }),
      room,
      record: false,
      inputOptions: { ...audioOnly.inputOptions, participantIdentity: caller.identity },
      outputOptions: audioOnly.outputOptions,
    });
    this.#listen(true);
    this.#record({ type: 'callAnswered' });
    this.#session.say(greeting);
  }

  get #caller(): RemoteParticipant | undefined {
    return this.#ctx.room.remoteParticipants.get(this.#callerIdentity);
  }

  #listen(listening: boolean): void {
    this.#caller?.trackPublications.forEach((publication) => publication.setSubscribed(listening));
  }

  #onLeft(identity: string): void {
    const transferring = this.#transfer && this.#transfer.phase !== 'ended';
    if (identity === this.#callerIdentity) {
      if (transferring) this.#transfer?.put({ type: 'callerLeft' });
      else void this.#end('callerLeft');
    }
    if (identity === this.#human) this.#transfer?.put({ type: 'humanLeft' });
  }

  #onSessionClosed(reason: string): void {
    this.#record({ type: 'sessionClosed', reason });
    // A transfer under way goes on without the AI: the human can still take the call.
    const transferring = this.#transfer && this.#transfer.phase !== 'ended';
    if (!transferring) void this.#end('aiFailed');
  }

  #transferTo(destination: Destination): void {
    if (this.#transfer && this.#transfer.phase !== 'ended') {
      throw new llm.ToolError('A transfer is already under way. Do not call this tool again.');
    }
    const attempt = `${this.#ctx.job.id}-${++this.#attempts}`;
    const names = {
      room: `consult-${attempt}`,
      human: `human-${attempt}`,
      agent: `agent-${attempt}`,
      offer: `offer-${attempt}`,
    };
    this.#human = names.human;
    const telephony = this.#telephony;
    const consultation = new Consultation({
      telephony,
      session: createSession(this.#config, this.#vad),
      names,
      spokenName: destination.spokenName,
      summary: summarise(createLlm(this.#config), this.#session.chatCtx),
      put: (event) => transfer.put(event),
    });
    const transfer = new Transfer({
      attempt,
      destination,
      trunkId: this.#config.outboundTrunkId,
      human: names.human,
      consultRoom: names.room,
      consultation,
      caller: this.#callerSide(),
      telephony,
      record: this.#record,
    });
    this.#teardown.add('transfer', () => transfer.close());
    this.#transfer = transfer;
    this.#hold = new HoldAudio(this.#ctx.room);
    this.#session.input.setAudioEnabled(false);
    this.#session.say(onHold(destination), { allowInterruptions: false });
    transfer.start();
  }

  #callerSide(): CallerSide {
    return {
      roomName: this.#roomName,
      clearLine: async () => {
        this.#listen(false);
        this.#session.interrupt({ force: true });
        await this.#hold?.stop();
      },
      returnToAgent: async (words) => {
        this.#listen(true);
        await this.#hold?.stop();
        this.#session.input.setAudioEnabled(true);
        this.#session.say(words);
      },
      leave: async () => {
        const closed = new Promise((resolve) =>
          this.#session.once(voice.AgentSessionEventTypes.Close, resolve),
        );
        this.#session.shutdown({ drain: false, reason: 'transfer_completed' });
        await closed;
        const { localParticipant } = this.#ctx.room;
        for (const { sid } of localParticipant?.trackPublications.values() ?? []) {
          if (sid) await localParticipant?.unpublishTrack(sid).catch(() => undefined);
        }
      },
      end: (cause) => void this.#end(cause),
    };
  }

  /** Ends everything with the captured context. Safe from any handler, in any async context, more than once. */
  async #end(cause: EndCause): Promise<void> {
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
