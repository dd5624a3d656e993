/**
 * Finds the SIP messages in what `baresip -s` prints: each between a line that colours the terminal and one that stops it.
 *
 * Used by baresip-phone.ts, line by line as they come. Pure. Whatever else baresip prints is passed over.
 */
import { parseSip, type SipMessage } from '../phone/sip-message.ts';

const BEGIN = '\u001b[36;1m#';
const END = '\u001b[;m';

export type TracedMessage = {
  /** When its first line was printed. */
  atMs: number;
  /** 'host:port' */
  from: string;
  to: string;
  message: SipMessage;
};

export class SipTrace {
  /** The lines of the message that is being printed, its addresses first. */
  #lines: string[] | undefined;
  #atMs = 0;

  /** Takes the next line. Returns a message when the line ends one. */
  line(line: string, atMs: number): TracedMessage | undefined {
    if (line.endsWith(BEGIN)) {
      this.#lines = [];
      this.#atMs = atMs;
      return undefined;
    }
    if (!this.#lines) return undefined;
    if (!line.endsWith(END)) {
      this.#lines.push(line);
      return undefined;
    }
    const [addresses, ...text] = [...this.#lines, line.slice(0, -END.length)];
    this.#lines = undefined;
    const route = /^\w+ (\S+) -> (\S+)$/.exec(addresses);
    const message = parseSip(Buffer.from(text.join('\r\n')));
    return route && message
      ? { atMs: this.#atMs, from: route[1]!, to: route[2]!, message }
      : undefined;
  }
}
