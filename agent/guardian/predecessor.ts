/**
 * A call that was in our room before ours. When livekit-server was killed and the caller's leg is the first to be back, the room has
 * the metadata of the dispatch rule again, as if nobody had answered, and another AI is sent (livekit-server 1.13.5). That AI must
 * not speak to two who talk, nor greet a caller whom another AI knows, and the room must not stay without its mark.
 */
import { ParticipantKind, type Room, RoomEvent } from '@livekit/rtc-node';
import type { EndCause, Heir } from '../call-events.ts';
import { callBefore } from './call-file.ts';
import type { CallTrace } from './call-trace.ts';
import { type CallMark, callOfHuman, markFromOutside } from './mark.ts';

export class Predecessor {
  readonly #room: Room;
  readonly #callId: string;
  readonly #folder: string;
  readonly #trace: Pick<CallTrace, 'giveBack'>;
  readonly #end: (cause: EndCause, heir: Heir) => Promise<void>;

  constructor(options: {
    room: Room;
    /** Our own. */
    callId: string;
    /** Where the calls of this machine are on record. */
    folder: string;
    trace: Pick<CallTrace, 'giveBack'>;
    end: (cause: EndCause, heir: Heir) => Promise<void>;
  }) {
    this.#room = options.room;
    this.#callId = options.callId;
    this.#folder = options.folder;
    this.#trace = options.trace;
    this.#end = options.end;
  }

  /** As soon as a human is in the room who was called for another call, that call gets its mark back and ours ends. */
  watchForTwo(): void {
    const look = () => {
      const mark = this.#markOfTwo();
      if (!mark) return;
      this.#room.off(RoomEvent.ParticipantConnected, look);
      this.#trace.giveBack(mark);
      void this.#end('notNeeded', 'guardian');
    };
    this.#room.on(RoomEvent.ParticipantConnected, look);
    look();
  }

  /** Ends our call when the caller has talked to another AI, as far as this machine knows. @returns whether it does. */
  async knows(caller: string): Promise<boolean> {
    const room = this.#room.name ?? '';
    const callId = await callBefore(this.#folder, { room, callId: this.#callId });
    if (callId === undefined) return false;
    this.#trace.giveBack(markFromOutside(callId, { phase: 'talking', caller }));
    void this.#end('notNeeded', 'another AI');
    return true;
  }

  #markOfTwo(): CallMark | undefined {
    const people = [...this.#room.remoteParticipants.values()]
      .filter(({ kind }) => kind !== ParticipantKind.AGENT)
      .map(({ identity }) => identity);
    const human = people.find((one) => ![undefined, this.#callId].includes(callOfHuman(one)));
    const callId = human === undefined ? undefined : callOfHuman(human);
    if (callId === undefined) return undefined;
    const caller = people.find((one) => callOfHuman(one) === undefined);
    return markFromOutside(callId, { phase: 'connected', caller, human });
  }
}
