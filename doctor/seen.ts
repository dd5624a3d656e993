/** What a look at a project saw: look.ts fills it in, verdicts.ts says what it means. What was not asked for is left out. */
import type {
  SIPDispatchRuleInfo,
  SIPInboundTrunkInfo,
  SIPOutboundTrunkInfo,
} from 'livekit-server-sdk';
import type { Orphan } from './orphans.ts';

export type Server = { url: string; apiKey: string; apiSecret: string };

/** Something that could not be found out, and why, in a few words. */
export type Unknown = { unknown: string };

/** How the server takes our key. */
export type Access =
  | { kind: 'accepted' }
  | { kind: 'refused' }
  /** Somebody answers, but not as LiveKit does; without a status when it was a page where data belongs. */
  | { kind: 'otherwise'; status?: number }
  | { kind: 'silent'; why: string };

export type Sip = {
  inbound: readonly SIPInboundTrunkInfo[];
  outbound: readonly SIPOutboundTrunkInfo[];
  rules: readonly SIPDispatchRuleInfo[];
};

/** Rooms of ours that lost their AI, and how many of ours could not be looked into. */
export type Rooms = { orphans: readonly Orphan[]; unseen: number };

/** What the receiver of messages said to HEAD or, where that says nothing, to an empty POST; or why it said nothing. */
export type Answer = { method: 'HEAD' | 'POST'; status: number } | Unknown;

export type Look = {
  url: string;
  agentName: string;
  outboundTrunkId: string | undefined;
  /** Sentences on the environment and the directory file. */
  faults: readonly string[];
  access: Access;
  /** How far this machine's clock is before the server's; negative when behind. */
  clockAheadS?: number | undefined;
  sip?: Sip | Unknown;
  canMove?: boolean | Unknown;
  webhook?: { url: string; answer: Answer };
  rooms?: Rooms | Unknown;
};

/** One line of the report; something is wrong exactly when `mend` says what to do. */
export type Verdict = { about: string; says: string; mend?: string };

export const isUnknown = (seen: object | boolean): seen is Unknown =>
  typeof seen === 'object' && 'unknown' in seen;
