/**
 * Why the dial of the human failed, as a table: what LiveKit answers -> outcome, with the reason for each row.
 * Called by human-leg.ts. Pure: it neither looks nor decides what happens next.
 *
 * It leaves out what it cannot see: a carrier that blocks a call as fraud and says so in an X-Twilio-Error header
 * beside a 603 looks like a human who declines, because livekit-sip 1.8 hands over status and reason phrase alone.
 */
import type { OutcomeKind } from '../outcome.ts';

export type DialFailure = {
  /** `unanswered`: nobody took the call; whether the phone rang before that says what it means. */
  outcome: OutcomeKind | 'unanswered';
  sipStatus?: number;
  /** For the log: what happened and what to do now. Holds no phone number. */
  detail: string;
};
type Row = Pick<DialFailure, 'outcome'> & { why: string };

/** Final answers to our INVITE, from the phone, its exchange or the carrier (RFC 3261 section 21 unless said). */
const bySipStatus: readonly (Row & { statuses: readonly number[] })[] = [
  { statuses: [486, 600], outcome: 'busy', why: 'the phone says that it is busy' },
  { statuses: [603], outcome: 'declined', why: 'the call was declined' },
  // RFC 8197: the person called does not want it.
  { statuses: [607], outcome: 'declined', why: 'the call is unwanted' },
  // RFC 8688: somebody on the way rejected it, usually because it looks like fraud.
  {
    statuses: [608],
    outcome: 'carrier_blocked',
    why: 'a carrier blocks calls from this number: ask your provider',
  },
  // The other side's own ring limit, or a phone that is not registered: only the ringing tells them apart.
  { statuses: [408, 480, 487], outcome: 'unanswered', why: 'nobody took the call' },
  // The trunk's server knows us and does not let us call.
  {
    statuses: [401, 402, 403, 407],
    outcome: 'trunk_failed',
    why: 'the provider does not let this trunk call that number: check password, caller id and permissions',
  },
  {
    statuses: [488, 606],
    outcome: 'trunk_failed',
    why: "the other side takes none of our codecs, or wants encryption: check the trunk's settings",
  },
  {
    statuses: [404, 410, 484, 604],
    outcome: 'unreachable',
    why: 'nobody has that number: check it in the directory',
  },
];
const anyOtherStatus: Row = { outcome: 'unreachable', why: 'the provider could not deliver it' };

/** Errors of the request itself, by Twirp code: no SIP status came back. */
const byCode: Readonly<Record<string, Row>> = {
  // One and the same error for a phone that rang out, a trunk that never answered, and a call that we took back.
  canceled: { outcome: 'unanswered', why: 'nothing came back within the ring limit' },
  not_found: {
    outcome: 'trunk_failed',
    why: 'the outbound trunk does not exist: run `pnpm sip:setup`, then restart the worker',
  },
  failed_precondition: {
    outcome: 'trunk_failed',
    why: "the trunk's server refused the connection or our password: check address, transport and credentials",
  },
  invalid_argument: {
    outcome: 'trunk_failed',
    why: "the trunk's address cannot be used: check its spelling and that its name resolves",
  },
  unavailable: {
    outcome: 'trunk_failed',
    why: 'no livekit-sip took the call: is it running, and has it room for calls?',
  },
};
/** livekit-sip's word for a phone that hung up in the moment in which it had answered; its code says nothing. */
const closedAtOnce = 'call already closed';
const leftAtOnce: Row = {
  outcome: 'human_left',
  why: 'the phone hung up as soon as it had answered',
};
/** The request was lost, or LiveKit is in trouble itself, for instance without its Redis. */
const anyOtherError: Row = {
  outcome: 'trunk_failed',
  why: 'LiveKit did not carry out the request: look at the logs of livekit-server and livekit-sip',
};

/** What is read of an error; a `SipCallError` has all of it, a `ServerError` no SIP status, any other neither. */
type Shape = { sipStatusCode?: number | undefined; code?: unknown };

/** @param error what `createSipParticipant` with `waitUntilAnswered` was rejected with. */
export function dialFailure(error: unknown): DialFailure {
  const { sipStatusCode: sipStatus, code } = (error ?? {}) as Shape;
  if (sipStatus) {
    const row = bySipStatus.find(({ statuses }) => statuses.includes(sipStatus)) ?? anyOtherStatus;
    // The reason phrase is the far side's text and may hold anything, so it is left out.
    return { outcome: row.outcome, sipStatus, detail: `SIP ${sipStatus}: ${row.why}` };
  }
  const known = typeof code === 'string' && Object.hasOwn(byCode, code) ? byCode[code] : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const row = message.includes(closedAtOnce) ? leftAtOnce : (known ?? anyOtherError);
  const { outcome, why } = row;
  return { outcome, detail: `${why} (${message.replaceAll(/\+?\d{7,}/g, '[number]')})` };
}
