/**
 * A phone that is asked to call somebody else: what it answers to a REFER and reports by NOTIFY (RFC 3515).
 *
 * Used by PhoneCall. It only pretends: no call is made, the status it was told to report is reported.
 */
import { reasonPhrase, type SipHeader } from './sip-message.ts';

/** What a phone does with a REFER. */
export type Referred =
  /** Takes it, and reports that the new call ended with this status. */
  | { report: number; afterMs?: number }
  /** Takes it, and never says how the new call ended. */
  | { report: 'nothing' }
  /** Refuses it with this status. */
  | { refuse: number };

type Notify = (notification: { headers: SipHeader[]; body: string }) => void;

function notification(status: number, subscription: string): Parameters<Notify>[0] {
  return {
    headers: [
      ['Event', 'refer'],
      ['Subscription-State', subscription],
      ['Content-Type', 'message/sipfrag;version=2.0'],
    ],
    body: `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`,
  };
}

/**
 * How long a REFER is under way and back, as it would be across a network. livekit-sip 1.8 takes a referral for failed, now and
 * then, when the answer comes before it has begun to wait for one ("transaction failed to complete"), which is below a ms.
 */
const wayMs = 50;

/** Answers with `respond`, and reports with `notify` unless it refused. */
export function takeReferral(
  referred: Referred,
  { respond, notify }: { respond: (status: number) => void; notify: Notify },
): void {
  setTimeout(() => {
    if ('refuse' in referred) return respond(referred.refuse);
    respond(202);
    notify(notification(100, 'active'));
    const status = referred.report;
    if (status === 'nothing') return;
    const report = (): void => notify(notification(status, 'terminated;reason=noresource'));
    setTimeout(report, referred.afterMs ?? 0);
  }, wayMs);
}
