/**
 * One call as its phone lives it: talk, listen, press keys, hold, hang up. What the wire says becomes facts with times.
 *
 * Scenarios get it from `phone.dial` and `phone.incoming`. How a call begins differs and is in outgoing-call.ts and
 * incoming-call.ts; from the answer on, both are here. It leaves out forking, session timers and early media.
 */
import { nowMs } from '../audio/clock.ts';
import type { Sent } from './audio-sender.ts';
import type { CallAudio, CallAudioOptions, HeardKey } from './call-audio.ts';
import { CallProgress, type CallState, type Ending } from './call-progress.ts';
import { deferred } from './deferred.ts';
import { type Addressed, contactOf, type Dialog, type Place, userOf } from './dialog.ts';
import type { Expectation, HeardFrame } from './heard.ts';
import { drawLadder, type LadderEntry } from './ladder.ts';
import { type Referred, takeReferral } from './refer.ts';
import { ANSWER_TO, type Direction, formatSdp, type Media, parseSdp } from './sdp.ts';
import type { OnResponse, SipEndpoint } from './sip-endpoint.ts';
import { headerOf, responseTo, type SipHeader, type SipRequest } from './sip-message.ts';

/** What the phone lends to each of its calls. */
export type CallContext = {
  endpoint: SipEndpoint;
  place: Place;
  audio: CallAudioOptions;
  /** Grows as messages pass. */
  ladder: readonly LadderEntry[];
  referred: () => Referred;
};

export abstract class PhoneCall {
  abstract readonly direction: 'outgoing' | 'incoming';
  readonly callId: string;
  /** Where a REFER asked us to call, and when. */
  readonly referrals: { to: string; atMs: number }[] = [];
  protected readonly context: CallContext;
  protected readonly progress = new CallProgress((what) => this.#error(what));
  protected audio: CallAudio | undefined;
  #dialog: Dialog | undefined;
  #remote: Media | undefined;
  #holding = false;
  #sdpVersion = 0;

  protected constructor(context: CallContext, callId: string) {
    this.context = context;
    this.callId = callId;
  }

  get state(): CallState {
    return this.progress.state;
  }
  /** When the INVITE was sent or received. */
  get invitedAtMs(): number | undefined {
    return this.progress.invitedAtMs;
  }
  /** When 180 was sent or received. */
  get ringingAtMs(): number | undefined {
    return this.progress.ringingAtMs;
  }
  /** When 200 was sent or received. */
  get answeredAtMs(): number | undefined {
    return this.progress.answeredAtMs;
  }
  get endedAtMs(): number | undefined {
    return this.ending?.atMs;
  }
  /** How the call ended; undefined while it lasts. */
  get ending(): Ending | undefined {
    return this.progress.ending;
  }
  /** Settles once, when the call is over for this phone; never rejects. */
  get ended(): Promise<Ending> {
    return this.progress.ended;
  }
  get ladder(): readonly LadderEntry[] {
    return this.context.ladder;
  }
  /** What was received, 20 ms per frame, in order of arrival. */
  get frames(): readonly HeardFrame[] {
    return this.audio?.heard.frames ?? [];
  }
  get keysHeard(): readonly HeardKey[] {
    return this.audio?.keysHeard ?? [];
  }
  /** When the last audio packet arrived, whatever was in it. */
  get lastAudioAtMs(): number | undefined {
    return this.audio?.lastAudioAtMs;
  }
  /** RTP packets. */
  get packets(): { sent: number; received: number; lost: number } {
    return this.audio?.packets ?? { sent: 0, received: 0, lost: 0 };
  }

  /** Resolves when the call is answered. Rejects when it ends before, or at the limit (which does not end the call). */
  answered(limitMs: number): Promise<{ atMs: number }> {
    return this.progress.answered(limitMs);
  }

  /**
   * Speaks a sentence in real time, after what is still being said. Resolves when its last frame is sent, or with
   * `complete: false` when the call ends or is held before. Rejects when the call is not answered yet.
   */
  say(sentence: string): Promise<Sent> {
    return this.#talk((audio) => audio.sender.say(sentence));
  }

  /** Coughs: a second of a voice without words. */
  cough(): Promise<Sent> {
    return this.#talk((audio) => audio.sender.cough());
  }

  /** Presses one of 0-9 * # A-D for 100 ms, as an RFC 4733 telephone event. */
  pressKey(key: string): Promise<Sent> {
    return this.#talk((audio) => audio.sender.pressKey(key));
  }

  /** Resolves at the first frame, past or to come, that is as expected. Rejects at the limit with what was heard. */
  async hears(expected: Expectation, limitMs: number): Promise<{ atMs: number }> {
    if (!this.audio) throw this.#error('cannot hear anything before it is answered');
    return this.audio.heard.hears(expected, limitMs);
  }

  /** Resolves at the first time a key is heard, past or to come. */
  async hearsKey(key: string, limitMs: number): Promise<{ atMs: number }> {
    if (!this.audio) throw this.#error('cannot hear keys before it is answered');
    return this.audio.hearsKey(key, limitMs);
  }

  /** What was received, as 8 kHz samples without its gaps; empty unless the exchange was opened to record. */
  recording(): Int16Array {
    return this.audio?.recording() ?? new Int16Array(0);
  }

  /** Puts the other side on hold by re-INVITE. Resolves when it agrees; our side is silent meanwhile. */
  hold(): Promise<void> {
    return this.#reinvite(true);
  }

  unhold(): Promise<void> {
    return this.#reinvite(false);
  }

  /** BYE when answered; before that, CANCEL for a call we made and 486 for one we received. */
  hangUp(): void {
    if (this.state === 'ended') return;
    if (this.state === 'answered') this.sendBye();
    else this.abandon();
  }

  /** Goes without a word: no BYE, no more audio, and whatever comes is neither answered nor heard. */
  vanish(): void {
    if (this.state === 'ended') return;
    this.audio?.goDeaf();
    this.finish({ by: 'us', how: 'vanished' });
  }

  /** For the exchange, when it closes: lets go of the sockets, and of a CANCEL that is still unanswered. */
  release(): void {
    this.finish({ by: 'us', how: 'CANCEL' });
    this.audio?.close();
  }

  /** For the exchange: a request that belongs to this call, other than CANCEL and the first INVITE. */
  receive(request: SipRequest): void {
    if (this.ending?.how === 'vanished') return;
    const dialog = this.#dialog;
    if (!dialog || (this.state === 'ended' && request.method !== 'BYE')) {
      this.respond(request, 481);
      return;
    }
    switch (request.method) {
      case 'BYE':
        this.respond(request, 200);
        this.finish({ by: 'them', how: 'BYE' });
        break;
      case 'INVITE':
        this.#reinvited(request, dialog);
        break;
      case 'REFER':
        this.#wasReferred(request, dialog);
        break;
      case 'INFO':
      case 'OPTIONS':
      case 'NOTIFY':
        this.respond(request, 200);
        break;
      default:
        this.respond(request, 501);
    }
  }

  /** The other side withdrew its INVITE. */
  abstract receiveCancel(cancel: SipRequest): void;

  /** Ends a call that is not answered yet. */
  protected abstract abandon(): void;

  /** Our tag on responses. */
  protected abstract readonly localTag: string;

  /** From here on the dialog is ours and the audio runs. */
  protected setAnswered(dialog: Dialog, remote: Media): void {
    this.#dialog = dialog;
    this.#remote = remote;
    this.progress.answer();
    this.audio?.connect(remote, this.#holding);
  }

  protected sendBye(): void {
    if (this.#dialog) this.send(this.#dialog.request('BYE'), () => {});
    this.finish({ by: 'us', how: 'BYE' });
  }

  protected finish(ending: Omit<Ending, 'atMs'>): void {
    if (this.progress.end(ending) && ending.how !== 'vanished') this.audio?.close();
  }

  protected localSdp(direction: Direction, keysPayloadType?: number): string {
    this.#sdpVersion += 1;
    const { host, port } = { host: this.context.place.host, port: this.audio!.port };
    const keys = keysPayloadType === undefined ? {} : { keysPayloadType };
    return formatSdp({ host, port, direction, version: this.#sdpVersion, ...keys });
  }

  protected respond(
    request: SipRequest,
    status: number,
    options: { headers?: SipHeader[]; body?: string; onNoAck?: () => void } = {},
  ): void {
    const { headers = [], body = '', onNoAck } = options;
    const typed: SipHeader[] = body ? [['Content-Type', 'application/sdp']] : [];
    const all: SipHeader[] = [['Contact', contactOf(this.context.place)], ...typed, ...headers];
    const answer = responseTo(request, status, { toTag: this.localTag, headers: all, body });
    this.context.endpoint.respond(request, answer, onNoAck);
  }

  protected send({ request, to }: Addressed, onResponse: OnResponse): void {
    this.context.endpoint.request(request, to, onResponse);
  }

  async #talk(action: (audio: CallAudio) => Promise<Sent>): Promise<Sent> {
    if (!this.audio || this.answeredAtMs === undefined) {
      throw this.#error('cannot send audio before it is answered');
    }
    return action(this.audio);
  }

  #reinvite(holding: boolean): Promise<void> {
    const [dialog, settled] = [this.#dialog, deferred<void>()];
    if (!dialog || this.state !== 'answered') {
      return Promise.reject(this.#error('can only be held while it is answered'));
    }
    const body = this.localSdp(holding ? 'sendonly' : 'sendrecv');
    const headers: SipHeader[] = [['Content-Type', 'application/sdp']];
    this.send(dialog.request('INVITE', { headers, body }), (response) => {
      if (response && response.status < 200) return;
      if (!response || response.status >= 300) {
        settled.reject(this.#error(`was refused a hold (${response?.status ?? 'no response'})`));
        return;
      }
      const { request, to } = dialog.ack(response);
      this.context.endpoint.send(request, to);
      dialog.retarget(response);
      this.#remote = parseSdp(response.body) ?? this.#remote;
      this.#holding = holding;
      this.audio?.connect(this.#remote!, holding);
      settled.resolve();
    });
    return settled.promise;
  }

  #reinvited(request: SipRequest, dialog: Dialog): void {
    const offer = parseSdp(request.body);
    if (!offer) {
      this.respond(request, 488);
      return;
    }
    dialog.retarget(request);
    this.#remote = offer;
    this.audio?.connect(offer, this.#holding);
    const direction =
      this.#holding && offer.direction === 'sendrecv' ? 'sendonly' : ANSWER_TO[offer.direction];
    this.respond(request, 200, { body: this.localSdp(direction, offer.keysPayloadType) });
  }

  #wasReferred(request: SipRequest, dialog: Dialog): void {
    this.referrals.push({ to: userOf(headerOf(request, 'Refer-To')), atMs: nowMs() });
    takeReferral(this.context.referred(), {
      respond: (status) => this.respond(request, status),
      notify: (notification) => {
        if (this.state === 'answered') this.send(dialog.request('NOTIFY', notification), () => {});
      },
    });
  }

  /** Errors show the ladder, because the first question is always what was on the wire. */
  #error(what: string): Error {
    const ladder = drawLadder(this.ladder) || '  (nothing was sent or received)';
    const { user } = this.context.place;
    return new Error(`The ${this.direction} call of ${user} ${what}.\n${ladder}`);
  }
}
