/**
 * How the AI leaves a call that is not over, because its process is about to end: two who talk are left to the guardian, a
 * caller gets another AI, and one who gets none is told so before the call ends.
 */
import { type Room, ParticipantKind, RoomEvent } from '@livekit/rtc-node';
import { log } from '@livekit/agents';
import type { EndCause, Heir } from './call-events.ts';
import type { CallerSide } from './caller-side.ts';
import type { CallTrace } from './guardian/call-trace.ts';
import { legOf } from './guardian/mark.ts';
import { writeResumption } from './guardian/resumption.ts';
import { limits } from './limits.ts';
import { told } from './server-api.ts';
import { within } from './teardown.ts';
import type { Telephony } from './telephony.ts';
import { WIND_UP } from './wind-up.ts';
import type { Attempts } from './transfer/attempts.ts';
import type { Words } from './words.ts';

type Options = {
  callId: string;
  agentName: string;
  room: Room;
  telephony: Telephony;
  words: Pick<Words, 'agent' | 'guardian'>;
  attempts: Attempts;
  trace: CallTrace;
  /** How often the caller has lost an AI before. */
  losses: number;
  /** Undefined until the AI talks to them. */
  caller: () => CallerSide | undefined;
  end: (cause: EndCause, heir?: Heir) => Promise<void>;
};

export class Relief {
  readonly #options: Options;
  #isUnderWay = false;
  #isTaken = false;
  #onTaken: () => void = () => undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** To be called when another AI has the call. @returns whether this one is leaving already, and sees to it. */
  takenOver(): boolean {
    this.#isTaken = true;
    this.#onTaken();
    return this.#isUnderWay;
  }

  /** From now on what this process is told leads to what is below. */
  listen(process: NodeJS.EventEmitter): void {
    // Node ends a process whose answer to its worker's ping finds nobody there any more, unless somebody hears of it.
    process.on('error', (error) => log().debug({ error }, 'the worker could not be answered'));
    // The worker has died. The SDK ends its jobs 15 s later, without a word to anybody.
    process.once('disconnect', () => void this.workerLost());
    process.once(WIND_UP, () => void this.windUp());
  }

  /** The worker has died, and this process has `limits.orphanMs` left. */
  async workerLost(): Promise<void> {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    const { attempts, losses, words, end } = this.#options;
    if (attempts.areConnected) {
      // Nobody watches as closely as we do, so we stay as long as we can.
      await new Promise((resolve) => setTimeout(resolve, limits.orphanMs));
      return end('workerLost', 'guardian');
    }
    const caller = this.#options.caller();
    if (!caller) return end('workerLost', (await this.#isAlone()) ? undefined : 'another AI');
    caller.hold(words.guardian.oneMoment, () => undefined);
    attempts.current?.put({ type: 'relieved' });
    if (losses === 0 && (await this.#anotherComes(caller))) return end('workerLost', 'another AI');
    const taken = new Promise<void>((resolve) => (this.#onTaken = resolve));
    await Promise.race([caller.partWith(words.agent.mustEnd), taken]);
    return end('workerLost', this.#isTaken ? 'another AI' : undefined);
  }

  /** The worker was told to stop, and its time is nearly over. */
  async windUp(): Promise<void> {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    const { attempts, words, end } = this.#options;
    if (!attempts.areConnected) {
      attempts.current?.put({ type: 'relieved' });
      await this.#options.caller()?.partWith(words.agent.mustEnd);
    }
    return end('jobEnded', attempts.areConnected ? 'guardian' : undefined);
  }

  /** An AI that joins a room which was deleted opens it anew, and then nobody is in it who needs another AI. */
  async #isAlone(): Promise<boolean> {
    const { room, telephony } = this.#options;
    if (!room.isConnected) return false;
    const self = room.localParticipant?.identity;
    const there = await telephony.whoIsIn(room.name ?? '').catch(() => undefined);
    return there?.every((identity) => identity === self) ?? false;
  }

  /** Sends for another AI. @returns whether it has come to speak to the caller. */
  async #anotherComes(caller: CallerSide): Promise<boolean> {
    const { callId, agentName, room, telephony, trace } = this.#options;
    const losses = this.#options.losses + 1;
    const come = new Promise<void>((resolve) => {
      room.on(RoomEvent.TrackPublished, (_, { kind }) => {
        if (kind === ParticipantKind.AGENT) resolve();
      });
    });
    try {
      await trace.rescue(losses);
      const resumption = { callId, caller: legOf(callId, caller.identity), losses, goodbye: false };
      const metadata = writeResumption(resumption);
      await telephony.sendAi({ room: room.name ?? '', agentName, metadata });
      await within(limits.reliefMs, come);
      return true;
    } catch (error) {
      // It has the call, and is about to say so.
      if (this.#isTaken) return true;
      log().warn(told(error), 'no other AI came to the caller');
      return false;
    }
  }
}
