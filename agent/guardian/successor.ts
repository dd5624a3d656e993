/**
 * Another AI that has this call. An AI that was out of its room for a while may come back to one that was sent in its stead, and
 * two must not talk to one caller. The mark on the room says whose the call is: it is that of the one who wrote last.
 */
import { type Room, RoomEvent } from '@livekit/rtc-node';
import type { Telephony } from '../telephony.ts';
import type { CallTrace } from './call-trace.ts';
import { type Mark, readMark } from './mark.ts';

export class Successor {
  readonly #room: Room;
  readonly #telephony: Pick<Telephony, 'readMark'>;
  readonly #trace: Pick<CallTrace, 'stay' | 'concede'>;
  readonly #callId: string;
  readonly #of: string | undefined;

  constructor(options: {
    room: Room;
    telephony: Pick<Telephony, 'readMark'>;
    trace: Pick<CallTrace, 'stay' | 'concede'>;
    callId: string;
    /** The call that this AI was sent to go on with, if it was. */
    of: string | undefined;
  }) {
    this.#room = options.room;
    this.#telephony = options.telephony;
    this.#trace = options.trace;
    this.#callId = options.callId;
    this.#of = options.of;
  }

  /** Whether the room that we have just joined says that somebody else has answered, and not the one in whose stead we were sent. */
  get hasCall(): boolean {
    const callId = callOf(readMark(this.#room.metadata ?? ''));
    return callId !== undefined && callId !== this.#callId && callId !== this.#of;
  }

  /** Asks the server. Without an answer there is none. */
  async isThere(): Promise<boolean> {
    try {
      return this.#isOfAnother(await this.#readMark());
    } catch {
      return false;
    }
  }

  /** To be called when the room has our own mark. Looks whenever the mark changes, and after each reconnect, when a change may be missed. */
  watch(onTaken: () => void): void {
    const look = (mark: Mark | undefined) => {
      if (this.#isOfAnother(mark)) {
        this.#trace.concede();
        onTaken();
      } else if (this.#isClaimed(mark) || isForgotten(mark)) this.#trace.stay();
    };
    this.#room.on(RoomEvent.RoomMetadataChanged, (metadata) => look(readMark(metadata)));
    this.#room.on(RoomEvent.Reconnected, () => {
      // Without an answer we stay: whoever comes after us leaves when the mark is not theirs.
      this.#readMark().then(look, () => undefined);
    });
  }

  #readMark(): Promise<Mark | undefined> {
    return this.#telephony.readMark(this.#room.name ?? '');
  }

  #isOfAnother(mark: Mark | undefined): boolean {
    const callId = callOf(mark);
    return callId !== undefined && callId !== this.#callId;
  }

  /** Somebody who did not see us wants to send another AI. What we have undertaken ourselves is not that. */
  #isClaimed(mark: Mark | undefined): boolean {
    return mark?.kind === 'call' && mark.rescuer !== undefined && mark.rescuer !== this.#callId;
  }
}

/** A server that was killed may give a room the metadata of the dispatch rule again (livekit-server 1.13.5). */
const isForgotten = (mark: Mark | undefined) => mark?.kind === 'call' && mark.callId === undefined;

const callOf = (mark: Mark | undefined) => (mark?.kind === 'call' ? mark.callId : undefined);
