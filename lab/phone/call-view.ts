/**
 * What scenarios and checks need of a call and of the phone that makes it, whichever telephone it is: one of this folder's
 * or one that somebody else wrote.
 */
import type { DialOptions } from './outgoing-call.ts';
import type { PhoneCall } from './phone-call.ts';

export type CallView = Pick<
  PhoneCall,
  | 'state'
  | 'answered'
  | 'say'
  | 'pressKey'
  | 'hears'
  | 'hangUp'
  | 'frames'
  | 'ladder'
  | 'invitedAtMs'
  | 'ringingAtMs'
  | 'answeredAtMs'
  | 'endedAtMs'
  | 'ending'
  | 'ended'
>;

export type CallingPhone = {
  readonly pilot: number;
  /** Calls a SIP address and returns at once; wait with `answered`. */
  dial(options: DialOptions): CallView;
};
