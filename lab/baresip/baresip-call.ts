/**
 * One call that baresip makes, seen from outside: its SIP as baresip traces it, its audio as baresip writes it to files.
 *
 * Made by baresip-phone.ts, which passes on all that baresip tells. To scenarios and checks it looks like a call of the
 * lab's own phones. Times are when the lab learned of something: signalling within a few ms, audio within 10 ms.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../audio/clock.ts';
import type { CodeBook } from '../audio/codes.ts';
import { FRAME_MS, FrameAnalyzer } from '../audio/frames.ts';
import { RATE_HZ, type Sent } from '../phone/audio-sender.ts';
import type { CallView } from '../phone/call-view.ts';
import { deferred } from '../phone/deferred.ts';
import { type Expectation, type HeardFrame, HeardFrames } from '../phone/heard.ts';
import { drawLadder, type LadderEntry, ladderEntry } from '../phone/ladder.ts';
import { cseqOf, type SipMessage } from '../phone/sip-message.ts';
import { ofTime } from '../starvation/of-time.ts';
import type { ControlEvent } from './control.ts';
import { WavFollower } from './wav.ts';

/** From the command to the first sample on its way; a longer time is a fault. */
const speakLimitMs = 2_000;
/** The trace comes by another way than the event that a call is over, and may tell of the reason a little later. */
const traceLagMs = 100;

type Ending = NonNullable<CallView['ending']>;

const analyzer = new FrameAnalyzer(RATE_HZ);

/** What the phone lends to its call. */
export type CallLine = {
  codes: CodeBook;
  /** Gives baresip a command. */
  command: (command: string, params?: string) => Promise<string>;
  /** Writes a file in which a sentence is said over the pilot, and then the pilot goes on. */
  speechFile: (sentence: string) => Promise<{ path: string; frames: number }>;
};

export class BaresipCall implements CallView {
  /** Settles once, when the call is over for this phone; never rejects. */
  readonly ended: Promise<Ending>;
  readonly #line: CallLine;
  readonly #heard: HeardFrames;
  /** What baresip itself sends, from which it is known when it spoke. */
  readonly #sent: HeardFrames;
  readonly #ladder: LadderEntry[] = [];
  readonly #followers: WavFollower[] = [];
  readonly #answered = deferred<{ atMs: number }>();
  readonly #ended = deferred<Ending>();
  #times: { invited?: number; ringing?: number; answered?: number } = {};
  #ending: Ending | undefined;
  #isEstablished = false;
  #isCancelled = false;
  #challenge: number | undefined;
  #reason = '';
  #speaking: Promise<unknown> = Promise.resolve();

  constructor(line: CallLine) {
    this.#line = line;
    this.#heard = new HeardFrames(line.codes);
    this.#sent = new HeardFrames(line.codes);
    this.ended = this.#ended.promise;
    // Nobody may be waiting for the answer; who is waits through answered().
    this.#answered.promise.catch(() => {});
  }

  get state(): CallView['state'] {
    if (this.#ending) return 'ended';
    if (this.#times.answered !== undefined) return 'answered';
    return this.#times.ringing === undefined ? 'dialing' : 'ringing';
  }
  get invitedAtMs(): number | undefined {
    return this.#times.invited;
  }
  get ringingAtMs(): number | undefined {
    return this.#times.ringing;
  }
  get answeredAtMs(): number | undefined {
    return this.#times.answered;
  }
  get endedAtMs(): number | undefined {
    return this.#ending?.atMs;
  }
  get ending(): Ending | undefined {
    return this.#ending;
  }
  get ladder(): readonly LadderEntry[] {
    return this.#ladder;
  }
  get frames(): readonly HeardFrame[] {
    return this.#heard.frames;
  }

  /** Resolves when the call is answered. Rejects when it ends before, or at the limit (which does not end the call). */
  async answered(limitMs: number): Promise<{ atMs: number }> {
    const limit = deferred<never>();
    const timer = setTimeout(
      () => limit.reject(ofTime(this.#error(`was not answered within ${limitMs} ms`))),
      limitMs,
    );
    return Promise.race([this.#answered.promise, limit.promise]).finally(() => clearTimeout(timer));
  }

  /**
   * Speaks a sentence in real time, after what is still being said. Resolves when its last frame is sent, or with
   * `complete: false` when the call ends before. Rejects when the call is not answered yet.
   */
  async say(sentence: string): Promise<Sent> {
    this.#demandAnswered('speak');
    const sent = this.#speaking.then(() => this.#speak(sentence));
    this.#speaking = sent.catch(() => {});
    return sent;
  }

  /** Presses a key. Resolves when baresip has taken it; it sends it as RFC 4733 telephone events. */
  async pressKey(key: string): Promise<Sent> {
    this.#demandAnswered('press keys');
    const startedAtMs = nowMs();
    await this.#line.command('sndcode', key);
    return { startedAtMs, endedAtMs: nowMs(), complete: this.#ending === undefined };
  }

  /** Resolves at the first frame, past or to come, that is as expected. Rejects at the limit with what was heard. */
  async hears(expected: Expectation, limitMs: number): Promise<{ atMs: number }> {
    this.#demandAnswered('hear anything');
    return this.#heard.hears(expected, limitMs);
  }

  /** BYE when answered; before that CANCEL. */
  hangUp(): void {
    if (this.#ending) return;
    // When it is refused, baresip is gone, and the phone ends the call.
    this.#line.command('hangup').catch(() => {});
  }

  /** For the phone: a message of this call. */
  traced(direction: LadderEntry['direction'], message: SipMessage, atMs: number): void {
    this.#ladder.push(ladderEntry(direction, message, atMs));
    if (this.#ending) return;
    if (message.kind === 'request') this.#onRequest(direction, message.method, atMs);
    else if (cseqOf(message).method === 'INVITE' && direction === 'received') {
      this.#onResponse(message.status, atMs);
    }
  }

  /** For the phone: baresip tells about this call. */
  told({ type, param }: ControlEvent): void {
    if (type === 'CALL_ESTABLISHED') {
      this.#isEstablished = true;
      this.#settleAnswered();
    }
    if (type === 'CALL_CLOSED') {
      this.#reason = param ?? '';
      setTimeout(() => this.#closedWithoutWord(), traceLagMs);
    }
  }

  /** For the phone: where baresip writes the audio of this call. */
  follow(what: 'heard' | 'sent', path: string): void {
    const frames = what === 'heard' ? this.#heard : this.#sent;
    const add = (frame: Int16Array): void => frames.add(analyzer.analyze(frame), nowMs());
    this.#followers.push(new WavFollower(path, add));
  }

  /** For the phone: the call cannot go on, because baresip refused it or is gone. */
  fail(reason: string): void {
    this.#reason = reason;
    this.#finish({ atMs: nowMs(), by: 'us', how: this.#ladder.length > 0 ? 'vanished' : 'failed' });
  }

  #onRequest(direction: LadderEntry['direction'], method: string, atMs: number): void {
    const byUs = direction === 'sent';
    if (method === 'INVITE' && byUs) this.#times.invited ??= atMs;
    if (method === 'CANCEL' && byUs) this.#isCancelled = true;
    if (method === 'BYE') this.#finish({ atMs, by: byUs ? 'us' : 'them', how: 'BYE' });
  }

  #onResponse(status: number, atMs: number): void {
    if (status === 180) this.#times.ringing ??= atMs;
    if (status >= 200 && status < 300) {
      this.#times.answered ??= atMs;
      this.#settleAnswered();
    }
    if (status < 300 || this.#times.answered !== undefined) return;
    if (this.#isCancelled) this.#finish({ atMs, by: 'us', how: 'CANCEL', status });
    // baresip answers a challenge when it can; when it cannot, it tells that the call is closed.
    else if (status === 401 || status === 407) this.#challenge = status;
    else this.#finish({ atMs, by: 'them', how: 'rejected', status });
  }

  /** When baresip agrees with the wire; its audio runs then. */
  #settleAnswered(): void {
    const atMs = this.#times.answered;
    if (this.#isEstablished && atMs !== undefined) this.#answered.resolve({ atMs });
  }

  #closedWithoutWord(): void {
    const status = this.#challenge === undefined ? {} : { status: this.#challenge };
    const how = this.#challenge === undefined ? 'failed' : 'rejected';
    this.#finish({ atMs: nowMs(), by: 'them', how, ...status });
  }

  /** First wins: what ends a call is what ended it. */
  #finish(ending: Ending): void {
    if (this.#ending) return;
    this.#ending = ending;
    for (const follower of this.#followers) follower.close();
    this.#heard.close();
    this.#sent.close();
    const reason = this.#reason && `: ${this.#reason}`;
    this.#answered.reject(ofTime(this.#error(`ended (${ending.how}, by ${ending.by})${reason}`)));
    this.#ended.resolve(ending);
  }

  async #speak(sentence: string): Promise<Sent> {
    const { path, frames } = await this.#line.speechFile(sentence);
    const sinceMs = nowMs();
    if (this.#ending) return { startedAtMs: sinceMs, endedAtMs: sinceMs, complete: false };
    await this.#line.command('ausrc', `aufile,${path}`);
    const { atMs: startedAtMs } = await this.#sent.hears({ sentence, sinceMs }, speakLimitMs);
    const restMs = startedAtMs + frames * FRAME_MS - nowMs();
    const stop = new AbortController();
    const spoken = delay(restMs, true, { signal: stop.signal }).catch(() => false);
    const complete = await Promise.race([spoken, this.ended.then(() => false)]);
    stop.abort();
    return { startedAtMs, endedAtMs: nowMs(), complete };
  }

  #demandAnswered(what: string): void {
    if (this.#times.answered === undefined) {
      throw this.#error(`cannot ${what} before it is answered`);
    }
  }

  /** Errors show the ladder, because the first question is always what was on the wire. */
  #error(what: string): Error {
    const ladder = drawLadder(this.#ladder) || '  (nothing was sent or received)';
    return new Error(`The call of baresip ${what}.\n${ladder}`);
  }
}
