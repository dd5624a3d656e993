/**
 * The SIP ladder of a call: its messages in order, as a phone sent and received them.
 *
 * Filled by the exchange, shown when a scenario fails, and used by the call report.
 */
import { headerOf, type SipMessage, summaryOf } from './sip-message.ts';

export type LadderEntry = {
  atMs: number;
  direction: 'sent' | 'received';
  /** 'INVITE', '180 Ringing (INVITE)' */
  summary: string;
  /** Those that a reader of a failure asks for, where present. */
  headers: Readonly<Record<string, string>>;
};

const OF_INTEREST = [
  'From',
  'To',
  'CSeq',
  'Contact',
  'Reason',
  'Retry-After',
  'Refer-To',
  'Privacy',
];

export function ladderEntry(
  direction: LadderEntry['direction'],
  message: SipMessage,
  atMs: number,
): LadderEntry {
  const headers: Record<string, string> = {};
  for (const name of OF_INTEREST) {
    const value = headerOf(message, name);
    if (value) headers[name] = value;
  }
  return { atMs, direction, summary: summaryOf(message), headers };
}

/** The ladder as text, one message per line, in milliseconds from its first. */
export function drawLadder(ladder: readonly LadderEntry[]): string {
  const startedMs = ladder[0]?.atMs ?? 0;
  return ladder
    .map(({ atMs, direction, summary }) => {
      const arrow = direction === 'sent' ? '-->' : '<--';
      return `${(atMs - startedMs).toFixed(0).padStart(7)} ms ${arrow} ${summary}`;
    })
    .join('\n');
}
