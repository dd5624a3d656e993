/**
 * Sends another AI to a caller who has lost theirs. Of the guardians that want to at the same time one does: whoever has written
 * its name on the room last.
 */
import { log } from '@livekit/agents';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { limits } from '../limits.ts';
import { type Credentials, told } from '../server-api.ts';
import { Telephony } from '../telephony.ts';
import type { CallMark } from './mark.ts';
import { writeResumption } from './resumption.ts';

export class Rescue {
  readonly #telephony: Telephony;
  readonly #agentName: string;
  readonly #id: string;

  /**
   * @param options.agentName who is sent when the call does not say whose it is.
   * @param options.id tells guardians apart.
   */
  constructor(options: { server: Credentials; agentName: string; id: string }) {
    this.#telephony = new Telephony(options.server);
    this.#agentName = options.agentName;
    this.#id = options.id;
  }

  /**
   * Nothing when another guardian has undertaken it, or anything has changed since `mark` was read.
   * @param options.goodbye the AI is to excuse us, and to end the call. @throws when it could not be sent.
   */
  async sendAi(options: { room: string; mark: CallMark; goodbye: boolean }): Promise<void> {
    const { room, mark, goodbye } = options;
    const losses = (mark.losses ?? 0) + 1;
    // Another guardian, or the AI that it has sent, may have been faster.
    const now = await this.#markOf(room);
    if (!isDeepStrictEqual(now, mark) && !isBlank(now)) return;
    await this.#telephony.mark(room, { ...mark, losses, rescuer: this.#id });
    // By then everybody's claim has been written.
    await delay(limits.rescueClaimMs);
    if (!(await this.#isOurs(room))) return;
    const { ai, callId = '', caller = '', agentName = this.#agentName } = mark;
    if (ai) void this.#takeOut({ room, identity: ai });
    const metadata = writeResumption({ callId, caller, losses, goodbye });
    try {
      await this.#telephony.sendAi({ room, agentName, metadata });
    } catch (error) {
      // Whoever looks next is to try again.
      if (await this.#isOurs(room)) await this.#telephony.mark(room, mark);
      throw error;
    }
  }

  /** An AI that has died can be listed for another 20 s, and one whose server has died cannot be removed. It is no hindrance. */
  async #takeOut(ai: { room: string; identity: string }): Promise<void> {
    await this.#telephony.hangUp(ai).catch((error: unknown) => {
      log().warn({ room: ai.room, ...told(error) }, 'an AI that is gone stays listed');
    });
  }

  async #isOurs(room: string): Promise<boolean> {
    return (await this.#markOf(room))?.rescuer === this.#id;
  }

  async #markOf(room: string): Promise<CallMark | undefined> {
    const mark = await this.#telephony.readMark(room);
    return mark?.kind === 'call' ? mark : undefined;
  }
}

/** Neither an AI nor a guardian has written anything on the room yet. */
const isBlank = (mark: CallMark | undefined) =>
  mark !== undefined && mark.callId === undefined && mark.rescuer === undefined;
