/** When the rooms of each call were last there, by asking livekit-server many times a second. */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import type { Lab } from '../network/lab.ts';

const everyMs = 50;

export class RoomWatch {
  readonly #lab: Lab;
  readonly #seenAtMs = new Map<string, number>();
  /** Which call a room was of, also when it is long gone. */
  readonly #callIds = new Map<string, Set<string>>();
  #isOver = false;
  readonly #watching: Promise<void>;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.#watching = this.#watch();
  }

  /** When the rooms of a call were first seen gone, to 50 ms; undefined when they have never been seen. */
  goneAtMs(callIds: ReadonlySet<string>): number | undefined {
    const seen = [...callIds].flatMap((callId) => this.#seenAtMs.get(callId) ?? []);
    return seen.length === 0 ? undefined : Math.max(...seen) + everyMs;
  }

  /** The calls that a room was for: one, unless another AI went on with it. */
  callsIn(room: string): ReadonlySet<string> {
    return this.#callIds.get(room) ?? new Set();
  }

  stop(): Promise<void> {
    this.#isOver = true;
    return this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      // A server that was killed on purpose does not answer.
      const rooms = await this.#lab.rooms.listRooms().catch(() => []);
      for (const { name, metadata } of rooms) {
        const callId = /"callId":"(\w+)"/.exec(metadata)?.[1];
        if (!callId) continue;
        this.#seenAtMs.set(callId, nowMs());
        this.#callIds.set(name, new Set([...this.callsIn(name), callId]));
      }
      await delay(everyMs);
    }
  }
}
