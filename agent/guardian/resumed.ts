/** The first steps of an AI that was sent to a caller who had lost theirs: who the caller is, what was said, and is it needed at all. */
import type { Room } from '@livekit/rtc-node';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../limits.ts';
import type { Telephony } from '../telephony.ts';
import { type Turn, hasDied, readCall, settle } from './call-file.ts';
import { machine } from './machine.ts';
import { legOf } from './mark.ts';
import type { Resumption } from './resumption.ts';

export class Resumed {
  readonly #resumption: Resumption;
  readonly #room: Room;
  readonly #telephony: Pick<Telephony, 'readMark'>;
  readonly #folder: string;

  constructor(options: {
    resumption: Resumption;
    room: Room;
    telephony: Pick<Telephony, 'readMark'>;
    /** Where the calls of this machine are on record. */
    folder: string;
  }) {
    this.#resumption = options.resumption;
    this.#room = options.room;
    this.#telephony = options.telephony;
    this.#folder = options.folder;
  }

  /** The call whose AI was lost. */
  get of(): string {
    return this.#resumption.callId;
  }

  get losses(): number {
    return this.#resumption.losses;
  }

  get isGoodbye(): boolean {
    return this.#resumption.goodbye;
  }

  /** @returns undefined when the caller has hung up in the meantime. */
  findCaller() {
    const { callId, caller } = this.#resumption;
    const all = [...this.#room.remoteParticipants.values()];
    return all.find(({ identity }) => legOf(callId, identity) === caller);
  }

  /**
   * Whether this AI has the call: guardians that knew nothing of each other may have sent two. The one that has marked the room
   * last stays. To be asked when our own mark is on the room.
   */
  async isWanted(): Promise<boolean> {
    await delay(limits.rescueClaimMs);
    const mark = await this.#telephony.readMark(this.#room.name ?? '');
    return mark?.kind === 'call' && mark.ai === this.#room.localParticipant?.identity;
  }

  /** What was said before, as far as it is on this machine's disk. A process that has died leaves its record to us. */
  async said(): Promise<readonly Turn[]> {
    const before = await readCall(this.#folder, this.#resumption.callId);
    // A process of another machine is not known to be alive, and it did not see us coming.
    const isGone = before && (before.machine !== machine || hasDied(before));
    if (isGone) settle(this.#folder, before, 'resumed');
    return before?.said ?? [];
  }
}
