/**
 * The one client of LiveKit's server API. Every request has a deadline. What does the same when it is done twice is asked
 * again when the server did not answer or broke; what does not, such as a dial, is asked once.
 */
import { log } from '@livekit/agents';
import { AgentDispatchClient, RoomServiceClient, ServerError, SipClient } from 'livekit-server-sdk';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from './limits.ts';

export type Credentials = { url: string; apiKey: string; apiSecret: string };

export class ServerApi {
  readonly rooms: RoomServiceClient;
  readonly sip: SipClient;
  readonly dispatches: AgentDispatchClient;

  constructor({ url, apiKey, apiSecret }: Credentials) {
    // By itself the SDK repeats whatever failed in another region of LiveKit Cloud, dials too, and each time with the whole deadline.
    const options = { requestTimeout: limits.requestMs / 1000, failover: false };
    this.rooms = new RoomServiceClient(url, apiKey, apiSecret, options);
    this.sip = new SipClient(url, apiKey, apiSecret, options);
    this.dispatches = new AgentDispatchClient(url, apiKey, apiSecret, options);
  }

  /**
   * Asks at most `limits.requestTries` times, with a pause that doubles and is halved at random. No try begins later than
   * `limits.requestMs` after the first. @throws what the last try threw.
   */
  async repeat<T>(name: string, request: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request();
      } catch (error) {
        const isLate = performance.now() - startedMs > limits.requestMs;
        if (attempt === limits.requestTries || isLate || !mayBeMended(error)) throw error;
        log().warn({ request: name, attempt, ...told(error) }, 'asking LiveKit again');
        await delay(limits.requestPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
      }
    }
  }

  /**
   * Deletes a room; fine when there is none. A room whose node has died is only listed, and nobody can delete it until a node
   * that lives has taken it over (livekit-server 1.13.5).
   */
  async deleteRoom(name: string): Promise<void> {
    try {
      await this.rooms.deleteRoom(name).catch(unlessNotFound);
    } catch (error) {
      if (!(error instanceof ServerError) || error.status < 500) throw error;
      await this.rooms.createRoom({ name });
      await this.rooms.deleteRoom(name).catch(unlessNotFound);
    }
  }
}

/** No answer, or one that may be another next time. */
function mayBeMended(error: unknown): boolean {
  return !(error instanceof ServerError) || error.status === 429 || error.status >= 500;
}

/** Whether the server says that what was asked for does not exist. */
export const isNotFound = (error: unknown) => error instanceof ServerError && error.status === 404;

export const unlessNotFound = (error: unknown) => {
  if (!isNotFound(error)) throw error;
};

/** What may stand in the log of a failed request. Its message may not: it can hold the number that was to be dialled. */
export function told(error: unknown): { status?: number; code?: string; error?: string } {
  if (!(error instanceof ServerError)) return { error: (error as Error).name };
  return { status: error.status, ...(error.code !== undefined && { code: error.code }) };
}
