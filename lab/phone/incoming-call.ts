/**
 * A call that a phone receives, until it is answered: ringing, answering, refusing, or ignoring it. The rest is
 * phone-call.ts.
 */
import { CallAudio } from './call-audio.ts';
import { Dialog, userOf } from './dialog.ts';
import type { Credentials } from './digest.ts';
import { type CallContext, PhoneCall } from './phone-call.ts';
import { ANSWER_TO, parseSdp } from './sdp.ts';
import {
  headerOf,
  responseTo,
  type SipHeader,
  type SipRequest,
  uniqueToken,
} from './sip-message.ts';

/** What a phone does with the calls it receives. */
export type WhenCalled = {
  then:
    | { answer: true }
    | { reject: number; headers?: Readonly<Record<string, string>> }
    /** Rings until the other side gives up. */
    | 'ring forever'
    /** Takes the INVITE and says nothing, to it or to anything after it. */
    | 'black hole';
  /** How long it rings before it acts; not at all by default. */
  ringForMs?: number;
  /** Whether ringing is told by a 180; true by default. */
  sendRinging?: boolean;
  /** Asks the other side for a password first. */
  requireDigest?: Credentials;
};

export class IncomingCall extends PhoneCall {
  readonly direction = 'incoming';
  /** The number that calls, as it presents itself. */
  readonly from: string;
  protected readonly localTag = uniqueToken();
  readonly #invite: SipRequest;
  #isBlackHole = false;
  #wasCrossed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: CallContext, invite: SipRequest) {
    super(context, headerOf(invite, 'Call-ID'));
    this.#invite = invite;
    this.from = userOf(headerOf(invite, 'From'));
    this.progress.invite();
  }

  /** A header of the INVITE; undefined when it has none of that name. */
  header(name: string): string | undefined {
    return this.#invite.headers.find(([its]) => its.toLowerCase() === name.toLowerCase())?.[1];
  }

  /** Answered, and taken back in the same moment: CANCEL has come after our 200 (RFC 3261, section 9.2). */
  get wasCrossed(): boolean {
    return this.#wasCrossed;
  }

  /** For the phone: does what it was told to do when called. */
  start({ then, ringForMs = 0, sendRinging = true }: WhenCalled): void {
    this.#isBlackHole = then === 'black hole';
    if (then === 'black hole') return;
    this.#respondProvisionally(100);
    const mayAnswer = then === 'ring forever' || 'answer' in then;
    if (sendRinging && (ringForMs > 0 || mayAnswer)) this.ring();
    if (then === 'ring forever') return;
    const act = (): void => {
      if ('answer' in then) void this.answer();
      else this.reject(then.reject, then.headers);
    };
    if (ringForMs > 0) this.#timer = setTimeout(act, ringForMs);
    else act();
  }

  /** Sends 180. Once is enough; more is ignored. */
  ring(): void {
    if (this.state !== 'dialing') return;
    this.progress.ring();
    this.#respondProvisionally(180);
  }

  /** Answers now, however long it was to ring. Resolves when 200 is sent, or when there is nothing left to answer. */
  async answer(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.audio || this.state === 'ended') return;
    const offer = parseSdp(this.#invite.body);
    if (!offer) {
      this.reject(488);
      return;
    }
    this.audio = await CallAudio.open(this.context.audio);
    // The other side may have given up while the port was opened.
    if (this.ending) {
      this.audio.close();
      return;
    }
    const body = this.localSdp(ANSWER_TO[offer.direction], offer.keysPayloadType);
    this.respond(this.#invite, 200, { body, onNoAck: () => this.#giveUp() });
    this.setAnswered(Dialog.received(this.context.place, this.#invite, this.localTag), offer);
  }

  /** Refuses with a final status: 486 busy, 603 decline, 404, 480, 500... */
  reject(status: number, headers: Readonly<Record<string, string>> = {}): void {
    if (this.state === 'answered' || this.state === 'ended') return;
    clearTimeout(this.#timer);
    const given = Object.entries(headers).map(([name, value]): SipHeader => [name, value]);
    this.respond(this.#invite, status, { headers: given });
    this.finish({ by: 'us', how: 'rejected', status });
  }

  protected abandon(): void {
    if (this.#isBlackHole) this.finish({ by: 'us', how: 'vanished' });
    else this.reject(486);
  }

  /** An answer that nobody confirms is taken back by the phone (RFC 3261, section 13.3.1.4). */
  #giveUp(): void {
    if (this.state === 'answered') this.sendBye();
  }

  /** CANCEL is always answered; the INVITE is ended with 487 unless it is already answered. */
  receiveCancel(cancel: SipRequest): void {
    if (this.#isBlackHole || this.ending?.how === 'vanished') return;
    this.respond(cancel, 200);
    this.#wasCrossed ||= this.state === 'answered';
    if (this.state === 'answered' || this.state === 'ended') return;
    clearTimeout(this.#timer);
    this.respond(this.#invite, 487);
    this.finish({ by: 'them', how: 'CANCEL', status: 487 });
  }

  #respondProvisionally(status: number): void {
    const toTag = status === 100 ? {} : { toTag: this.localTag };
    this.context.endpoint.respond(this.#invite, responseTo(this.#invite, status, toTag));
  }
}
