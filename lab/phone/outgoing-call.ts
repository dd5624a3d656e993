/**
 * A call that a phone makes, until it is answered: INVITE, password, ringing, CANCEL. The rest is phone-call.ts.
 */
import { CallAudio } from './call-audio.ts';
import { Dialog, requestHeaders } from './dialog.ts';
import { answerChallenge, type Credentials } from './digest.ts';
import { type CallContext, PhoneCall } from './phone-call.ts';
import { parseSdp } from './sdp.ts';
import type { Destination } from './sip-endpoint.ts';
import {
  cseqOf,
  headerOf,
  parseUri,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  uniqueToken,
} from './sip-message.ts';

export type DialOptions = {
  /** 'sip:+12025550100@127.0.0.1:5060' */
  to: string;
  /** Shown beside the number; the phone's name by default. */
  displayName?: string;
  /** Given when asked for; without it a 401 or 407 is final. */
  username?: string;
  password?: string;
  /** Withholds the number: the From is anonymous (RFC 3323). */
  hideCallerId?: boolean;
};

export class OutgoingCall extends PhoneCall {
  readonly direction = 'outgoing';
  protected readonly localTag = uniqueToken();
  readonly #options: DialOptions;
  readonly #destination: Destination;
  #invite: SipRequest | undefined;
  #cseq = 1;
  #authenticated = false;
  #isProceeding = false;
  #isCancelled = false;

  constructor(context: CallContext, callId: string, options: DialOptions) {
    super(context, callId);
    this.#options = options;
    this.#destination = parseUri(options.to);
  }

  /** For the phone: sends the INVITE as soon as the RTP port is open. */
  async start(): Promise<void> {
    this.audio = await CallAudio.open(this.context.audio);
    if (this.state === 'ended') this.audio.close();
    else if (this.#isCancelled) this.finish({ by: 'us', how: 'CANCEL' });
    else this.#sendInvite([]);
  }

  /** Withdraws the call while it is not answered. Before any response it waits for one, as RFC 3261, 9.1, demands. */
  cancel(): void {
    if (this.state === 'answered' || this.state === 'ended' || this.#isCancelled) return;
    this.#isCancelled = true;
    if (this.#isProceeding) this.#sendCancel();
  }

  protected abandon(): void {
    this.cancel();
  }

  receiveCancel(cancel: SipRequest): void {
    this.respond(cancel, 481);
  }

  #sendInvite(authorization: SipHeader[]): void {
    const { to, hideCallerId, displayName } = this.#options;
    const { user, host, port } = this.context.place;
    const from = hideCallerId
      ? '"Anonymous" <sip:anonymous@anonymous.invalid>'
      : `"${displayName ?? user}" <sip:${user}@${host}:${port}>`;
    const headers = requestHeaders({
      place: this.context.place,
      from: `${from};tag=${this.localTag}`,
      to: `<${to}>`,
      callId: this.callId,
      cseq: this.#cseq,
      method: 'INVITE',
    });
    const privacy: SipHeader[] = hideCallerId ? [['Privacy', 'id']] : [];
    this.#invite = {
      kind: 'request',
      method: 'INVITE',
      uri: to,
      headers: [
        ...headers,
        ...privacy,
        ...authorization,
        ['Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, NOTIFY, REFER'],
        ['Content-Type', 'application/sdp'],
      ],
      body: this.localSdp('sendrecv'),
    };
    this.#isProceeding = false;
    this.progress.invite();
    const addressed = { request: this.#invite, to: this.#destination };
    this.send(addressed, (response) => this.#received(response));
  }

  #received(response: SipResponse | undefined): void {
    if (this.ending?.how === 'vanished') return;
    if (!response) this.finish({ by: 'them', how: 'failed', status: 408 });
    else if (response.status < 200) this.#proceed(response);
    else if (response.status < 300) this.#accepted(response);
    else if ((response.status === 401 || response.status === 407) && this.#canAuthenticate()) {
      this.#authenticate(response);
    } else if (this.#isCancelled) this.finish({ by: 'us', how: 'CANCEL', status: response.status });
    else this.finish({ by: 'them', how: 'rejected', status: response.status });
  }

  #proceed(response: SipResponse): void {
    if (!this.#isProceeding && this.#isCancelled) this.#sendCancel();
    this.#isProceeding = true;
    if (response.status === 180) this.progress.ring();
  }

  #accepted(response: SipResponse): void {
    const dialog = Dialog.dialled(this.context.place, response);
    const { request, to } = dialog.ack(response);
    this.context.endpoint.send(request, to);
    if (this.state === 'answered' || this.state === 'ended') return;
    const remote = parseSdp(response.body);
    if (!remote) {
      this.send(dialog.request('BYE'), () => {});
      this.finish({ by: 'them', how: 'failed', status: 488 });
      return;
    }
    this.setAnswered(dialog, remote);
    // The answer crossed our CANCEL on the wire.
    if (this.#isCancelled) this.sendBye();
  }

  #canAuthenticate(): boolean {
    const { username, password } = this.#options;
    return (
      !this.#authenticated && !this.#isCancelled && username !== undefined && password !== undefined
    );
  }

  #authenticate(response: SipResponse): void {
    const isProxy = response.status === 407;
    const challenge = headerOf(response, isProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate');
    const { to, username, password } = this.#options;
    const credentials = { username, password } as Credentials;
    const answer = answerChallenge(challenge, { method: 'INVITE', uri: to }, credentials);
    this.#authenticated = true;
    this.#cseq += 1;
    this.#sendInvite([[isProxy ? 'Proxy-Authorization' : 'Authorization', answer]]);
  }

  /** A CANCEL is the INVITE it withdraws, with another method and no body (RFC 3261, section 9.1). */
  #sendCancel(): void {
    const invite = this.#invite!;
    const kept = ['Via', 'Max-Forwards', 'From', 'To', 'Call-ID', 'Route'];
    const headers: SipHeader[] = invite.headers.filter(([name]) => kept.includes(name));
    const request: SipRequest = {
      ...invite,
      method: 'CANCEL',
      headers: [...headers, ['CSeq', `${cseqOf(invite).number} CANCEL`]],
      body: '',
    };
    this.send({ request, to: this.#destination }, () => {});
  }
}
