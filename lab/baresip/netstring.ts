/**
 * Netstrings: `12:Hello world!,` is a message of 12 bytes. baresip's control connection speaks them.
 *
 * Used by control.ts. Pure. See https://cr.yp.to/proto/netstrings.txt.
 */

/** Far more than any answer of baresip; a longer one means that we have lost the thread. */
const MESSAGE_MAX_BYTES = 1_000_000;
const LENGTH_MAX_DIGITS = 7;

export function formatNetstring(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.from(',')]);
}

/** Puts messages together again from the pieces in which a stream delivers them. */
export class NetstringReader {
  #pending: Buffer = Buffer.alloc(0);

  /** The messages that this piece completes. Throws when the stream is not made of netstrings. */
  read(piece: Buffer): string[] {
    this.#pending = Buffer.concat([this.#pending, piece]);
    const messages: string[] = [];
    for (;;) {
      const message = this.#next();
      if (message === undefined) return messages;
      messages.push(message);
    }
  }

  #next(): string | undefined {
    const colon = this.#pending.indexOf(':');
    if (colon < 0 && this.#pending.length <= LENGTH_MAX_DIGITS) return undefined;
    const digits = this.#pending.toString('latin1', 0, Math.max(0, colon));
    const length = /^\d{1,7}$/.test(digits) ? Number(digits) : Infinity;
    if (length > MESSAGE_MAX_BYTES) throw new Error('What arrived is not a netstring.');
    const end = colon + 1 + length;
    if (this.#pending.length <= end) return undefined;
    if (this.#pending[end] !== ','.charCodeAt(0)) {
      throw new Error('A netstring did not end with a comma.');
    }
    const message = this.#pending.toString('utf8', colon + 1, end);
    this.#pending = this.#pending.subarray(end + 1);
    return message;
  }
}
