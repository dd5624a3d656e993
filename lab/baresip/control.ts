/**
 * The control connection to baresip (its module ctrl_tcp): commands with their answers, and what happens to its calls.
 *
 * Opened by baresip-phone.ts. It carries JSON in netstrings. It leaves out reconnecting: when it closes, baresip is gone.
 */
import { connect, type Socket } from 'node:net';
import { type Deferred, deferred } from '../phone/deferred.ts';
import { formatNetstring, NetstringReader } from './netstring.ts';

const answerLimitMs = 2_000;

/** What baresip tells on its own: 'CALL_RINGING', 'CALL_ESTABLISHED', 'CALL_CLOSED' and others. */
export type ControlEvent = {
  type: string;
  /** The SIP Call-ID; absent before there is one. */
  id?: string;
  /** For people; the reason, when a call is closed. */
  param?: string;
};
type Answer = { response: true; ok: boolean; data: string; token: string };

export type ControlOptions = {
  port: number;
  onEvent: (event: ControlEvent) => void;
  onClosed: () => void;
};

export class BaresipControl {
  readonly #socket: Socket;
  readonly #reader = new NetstringReader();
  readonly #onEvent: ControlOptions['onEvent'];
  readonly #waiting = new Map<string, Deferred<string>>();
  #count = 0;

  private constructor(socket: Socket, { onEvent, onClosed }: ControlOptions) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.on('data', (piece) => this.#received(piece));
    // 'close' follows, and says all there is to know.
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('baresip is gone'));
      onClosed();
    });
  }

  /** Rejects while nothing listens there. */
  static connect(options: ControlOptions): Promise<BaresipControl> {
    return new Promise((resolve, reject) => {
      const socket = connect(options.port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new BaresipControl(socket, options));
      });
    });
  }

  /**
   * Gives a command of baresip's menu: 'dial', 'hangup', 'ausrc', 'sndcode'.
   * @returns what baresip prints about it. Rejects when it refuses, is gone, or does not answer within 2 s.
   */
  async command(command: string, params = ''): Promise<string> {
    if (this.#socket.destroyed) throw new Error('baresip is gone');
    const token = `${command}-${(this.#count += 1)}`;
    const answered = deferred<string>();
    this.#waiting.set(token, answered);
    const late = new Error(`baresip did not answer "${command}" within ${answerLimitMs} ms`);
    const timer = setTimeout(() => answered.reject(late), answerLimitMs);
    this.#socket.write(formatNetstring(JSON.stringify({ command, params, token })));
    return answered.promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(token);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #received(piece: Buffer): void {
    for (const text of this.#reader.read(piece)) {
      const message = JSON.parse(text) as Answer | ControlEvent;
      if ('response' in message) this.#answered(message);
      else this.#onEvent(message);
    }
  }

  #answered({ ok, data, token }: Answer): void {
    const waiting = this.#waiting.get(token);
    if (ok) waiting?.resolve(data);
    else waiting?.reject(new Error(`baresip refused "${token}": ${data}`));
  }
}
