/** All checks. Every run ends with all of them, whoever started it: demo, tests or benchmark. */
import { jobEnded, legsClosed, roomsGone } from './ending.ts';
import {
  aiHearsNothing,
  consultationPrivate,
  heardEachOther,
  holdAudioForCaller,
  humanNotAlone,
  noGapOnHold,
  wordsOnHold,
  toldWhy,
} from './hearing.ts';
import { messagesDelivered } from './messages.ts';
import { heardWhole } from './pausing.ts';
import {
  noPhoneNumber,
  noUnhandledRejection,
  nothingUnexpected,
  oneOutcome,
  sessionClosed,
} from './record.ts';
import type { Check, CheckResult, World } from './world.ts';

export const checks: readonly Check[] = [
  oneOutcome,
  sessionClosed,
  heardEachOther,
  consultationPrivate,
  holdAudioForCaller,
  noGapOnHold,
  wordsOnHold,
  toldWhy,
  heardWhole,
  humanNotAlone,
  aiHearsNothing,
  messagesDelivered,
  legsClosed,
  roomsGone,
  jobEnded,
  nothingUnexpected,
  noUnhandledRejection,
  noPhoneNumber,
];

export function judge(world: World): CheckResult[] {
  return checks.map((check) => check(world));
}
