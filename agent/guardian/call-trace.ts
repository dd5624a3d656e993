/**
 * What a call leaves outside its process, so that others can end it or go on with it when the process is gone: the mark on
 * its room, and its file on the disk. Nothing in the call depends on either, and a fault of them is logged and no more.
 */
import { log, voice } from '@livekit/agents';
import type { CallEvent } from '../call-events.ts';
import { limits } from '../limits.ts';
import { told } from '../server-api.ts';
import type { Telephony } from '../telephony.ts';
import { type CallChanges, CallFile, type Turn } from './call-file.ts';
import { APPLICATION, type CallMark, humanOf, legOf } from './mark.ts';

export class CallTrace {
  readonly #telephony: Pick<Telephony, 'mark'>;
  readonly #room: string;
  readonly #callId: string;
  readonly #file: CallFile;
  #mark: CallMark;
  #marking: Promise<void> | undefined;
  #isMarkOld = false;
  #isOver = false;
  #isConceded = false;
  #givenBack: Promise<void> | undefined;

  constructor(options: {
    telephony: Pick<Telephony, 'mark'>;
    folder: string;
    callId: string;
    room: string;
    /** How often its caller has lost the AI before. */
    losses: number;
  }) {
    const { telephony, folder, callId, room, losses } = options;
    this.#telephony = telephony;
    this.#room = room;
    this.#callId = callId;
    this.#file = new CallFile({ folder, callId, room });
    this.#mark = { app: APPLICATION, kind: 'call', callId, losses };
  }

  /** To be called before anything is opened that would have to be ended by others. */
  begin(): void {
    this.#keep({});
  }

  /** Says who is on the line. Resolves when the room says so, or does not take it. */
  answered(who: { caller: string; ai: string; agentName: string }): Promise<void> {
    const caller = legOf(this.#callId, who.caller);
    return this.#set({ ...phase('talking'), ...who, caller });
  }

  /** Takes from the call's record how far it has come. */
  note(event: CallEvent): void {
    if (event.type === 'transferStarted') {
      void this.#set({ ...phase('dialing'), human: humanOf(event.attempt) });
      this.#keep({ attempt: event.attempt });
    }
    if (event.type === 'transferEnded') this.#keep({ attempt: undefined });
    if (event.type !== 'phaseChanged') return;
    // Two who talk stay connected for everybody else until their room is gone.
    if (event.to === 'ended')
      return event.from === 'returning' ? void this.#set(phase('talking')) : undefined;
    void this.#set(phase(event.to));
  }

  /** Says again whose the call is, to somebody who thought that its AI was gone. */
  stay(): void {
    void this.#set({});
  }

  /** Another AI has the call, and says from now on how far it is. */
  concede(): void {
    this.#isOver = this.#isConceded = true;
  }

  /** The call is that of others, and the room does not say so any more: says it once, and nothing more of ours. */
  giveBack(mark: CallMark): void {
    this.#mark = mark;
    this.#givenBack = this.#save();
  }

  /** Resolves when what was given back is on the room; at once when nothing was. */
  async givenBack(): Promise<void> {
    await this.#givenBack;
  }

  /** Says who undertakes to send another AI. */
  rescue(losses: number): Promise<void> {
    return this.#set({ losses, rescuer: this.#callId });
  }

  /** Keeps on the disk what is said from now on, after `before`. */
  remember(session: voice.AgentSession, before: readonly Turn[]): void {
    session.on(voice.AgentSessionEventTypes.ConversationItemAdded, () => {
      this.#keep({ said: [...before, ...turnsOf(session)] });
    });
  }

  /** The call is over, and its end is on record. */
  forget(): void {
    this.#isOver = true;
    try {
      this.#file.remove();
    } catch (error) {
      warn(error);
    }
  }

  /** The call is over for us, and that is on record; others go on with it, and may want to know what was said. */
  leave(): void {
    this.#isOver = true;
    this.#keep({ isEnded: true });
  }

  #keep(changes: CallChanges): void {
    try {
      this.#file.write(changes);
    } catch (error) {
      warn(error);
    }
  }

  #set(changes: Partial<CallMark>): Promise<void> {
    if (this.#givenBack) return this.#givenBack;
    this.#mark = { ...this.#mark, ...changes };
    return this.#save();
  }

  /** Only the newest mark is of use: while one is being written, those after it wait together. */
  #save(): Promise<void> {
    this.#isMarkOld = true;
    return (this.#marking ??= this.#write().finally(() => (this.#marking = undefined)));
  }

  async #write(): Promise<void> {
    while (this.#isMarkOld && !this.#isConceded) {
      this.#isMarkOld = false;
      try {
        await this.#telephony.mark(this.#room, this.#mark);
      } catch (error) {
        warn(error);
        setTimeout(() => this.#isOver || void this.#save(), limits.markAgainMs).unref();
      }
    }
  }
}

const phase = (name: string) => ({ phase: name, phaseSinceMs: Date.now() });

const warn = (error: unknown) =>
  log().warn(told(error), 'what others know of this call is not up to date');

function turnsOf(session: voice.AgentSession): Turn[] {
  return session.history.items.flatMap((item): Turn[] => {
    if (item.type !== 'message' || (item.role !== 'user' && item.role !== 'assistant')) return [];
    const text = item.textContent;
    return text ? [{ role: item.role, text }] : [];
  });
}
