/**
 * Delivers messages from the spool to a webhook, signed as in Standard Webhooks (https://www.standardwebhooks.com), until
 * the receiver acknowledges each with a status of 200 to 299. Started once by the worker's parent process, so messages
 * outlive the calls, and those that a dead worker left behind are found at the next start. It does not read Retry-After.
 */
import { createHmac } from 'node:crypto';
import { log } from '@livekit/agents';
import { limits } from '../limits.ts';
import type { Claim, Message, Spool, Waiting } from './spool.ts';

export type Webhook = {
  url: string;
  /** `whsec_` and then the key in base64. */
  secret: string;
};

type Answer = { kind: 'acknowledged' | 'refused' | 'unavailable'; status?: number };
type Tries = { count: number; nextAtMs: number };

/** Statuses that say "later" and not "no". */
const later = new Set([408, 425, 429]);

export class Delivery {
  readonly #spool: Spool;
  readonly #webhook: Webhook;
  readonly #tries = new Map<string, Tries>();
  /** Those whose file could not be removed: they must not be sent again. */
  readonly #acknowledged = new Set<string>();
  #isFolderReadable = true;

  constructor(options: { spool: Spool; webhook: Webhook }) {
    this.#spool = options.spool;
    this.#webhook = options.webhook;
  }

  /** Looks for messages now and from now on, for as long as the process lives. */
  start(): void {
    void this.sweep().finally(() => setTimeout(() => this.start(), limits.sweepMs));
  }

  /** Sends what is due, one message after the other. Never rejects. */
  async sweep(): Promise<void> {
    try {
      for (const waiting of await this.#spool.waiting()) {
        if (this.#isDue(waiting))
          await this.#deliver(waiting).catch((error: unknown) => this.#passOver(waiting, error));
      }
      this.#isFolderReadable = true;
    } catch (error) {
      if (this.#isFolderReadable) {
        log().error(
          { error },
          'messages cannot be delivered: mend the folder of messages (DATA_DIR)',
        );
      }
      this.#isFolderReadable = false;
    }
  }

  #isDue({ id }: Waiting): boolean {
    return !this.#acknowledged.has(id) && (this.#tries.get(id)?.nextAtMs ?? 0) <= Date.now();
  }

  async #deliver(waiting: Waiting): Promise<void> {
    const claim = await this.#spool.claim(waiting);
    if (!claim) return;
    const answer = await this.#send(claim.message);
    if (answer.kind === 'acknowledged') return this.#forget(claim);
    this.#putOff(waiting.id, answer);
    await this.#spool.release(claim);
  }

  async #send(message: Message): Promise<Answer> {
    const { url, secret } = this.#webhook;
    const body = JSON.stringify({ type: 'message.left', timestamp: message.at, data: message });
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          ...signed({ id: message.id, body, secret }),
        },
        // What callers say goes to the address that was configured, and to no other.
        redirect: 'manual',
        signal: AbortSignal.timeout(limits.webhookMs),
      });
      const { ok, status } = response;
      await response.body?.cancel().catch(() => undefined);
      if (ok) return { kind: 'acknowledged', status };
      return { kind: status >= 500 || later.has(status) ? 'unavailable' : 'refused', status };
    } catch {
      return { kind: 'unavailable' };
    }
  }

  async #forget(claim: Claim): Promise<void> {
    const { id } = claim.message;
    this.#tries.delete(id);
    this.#acknowledged.add(id);
    log().info({ message: id }, 'a message was delivered');
    try {
      await this.#spool.remove(claim);
      this.#acknowledged.delete(id);
    } catch (error) {
      const advice = 'remove it yourself, or it is sent again after a restart';
      log().error(
        { error, file: claim.file },
        `a delivered message could not be removed: ${advice}`,
      );
    }
  }

  /** One that cannot be opened or renamed keeps no other from being delivered. */
  #passOver({ id, file }: Waiting, error: unknown): void {
    const count = (this.#tries.get(id)?.count ?? 0) + 1;
    this.#tries.set(id, { count, nextAtMs: Date.now() + limits.refusedMs });
    const advice = "give it to the worker's user, who must be able to read, rename and remove it";
    log().error({ error, file }, `a message is kept, but its file cannot be used: ${advice}`);
  }

  #putOff(id: string, { kind, status }: Answer): void {
    const count = (this.#tries.get(id)?.count ?? 0) + 1;
    const doubledMs = Math.min(limits.redeliverMs * 2 ** (count - 1), limits.redeliverMaxMs);
    const longestMs = kind === 'refused' ? limits.refusedMs : doubledMs;
    // Half of it at random, so that workers and messages do not all come at once.
    const pauseMs = Math.round(longestMs * (0.5 + Math.random() / 2));
    this.#tries.set(id, { count, nextAtMs: Date.now() + pauseMs });
    const told = { message: id, tries: count, againInMs: pauseMs, ...(status && { status }) };
    const what = 'a message could not be delivered, is kept, and will be tried again';
    if (kind === 'refused') {
      log().error(told, `${what}: the receiver refuses it, check MESSAGE_WEBHOOK_URL and _SECRET`);
    } else log().warn(told, `${what}: the receiver at MESSAGE_WEBHOOK_URL is not available`);
  }
}

/** The headers of Standard Webhooks 1.0 for one attempt, at the time `atMs`. */
export function signed(options: {
  id: string;
  body: string;
  secret: string;
  atMs?: number;
}): Record<string, string> {
  const { id, body, secret, atMs = Date.now() } = options;
  const timestamp = String(Math.floor(atMs / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}
