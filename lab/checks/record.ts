/** Checks on what the application wrote down: outcome, session, log. */
import type { Check } from './world.ts';

/** Each attempt ended in exactly one outcome, the last in the expected one with its blame, and the call for the expected cause. */
export const oneOutcome: Check = ({ events, expected }) => {
  const started = events.filter((e) => e.type === 'transferStarted');
  const outcomes = events.filter((e) => e.type === 'transferEnded');
  const causes = events.filter((e) => e.type === 'callEnded').map((e) => e.cause);
  const last = expected.outcome === 'none' ? [] : [expected];
  const wanted = [...(expected.before ?? []), ...last];
  const isEndAsWanted =
    outcomes.length === wanted.length &&
    outcomes.every((e, i) => e.outcome === wanted[i]?.outcome) &&
    causes.length === 1 &&
    causes[0] === expected.cause;
  const pass =
    isEndAsWanted &&
    outcomes.every((e, i) => !wanted[i]?.sipStatus || e.sipStatus === wanted[i].sipStatus) &&
    started.every((s) => outcomes.filter((e) => e.attempt === s.attempt).length === 1) &&
    (last.length === 0 || outcomes.at(-1)?.blame === expected.blame) &&
    (!expected.by || outcomes.at(-1)?.by === expected.by);
  const isNoneTwice =
    new Set(outcomes.map((e) => e.attempt)).size === outcomes.length && causes.length <= 1;
  const seen = outcomes.map(
    (e) =>
      `${e.outcome}${e.by ? ` by ${e.by}` : ''}${e.sipStatus ? ` SIP ${e.sipStatus}` : ''} (blame: ${e.blame})`,
  );
  return {
    check: 'one outcome',
    pass,
    figure: `${seen.join(', ') || 'none'}; ended: ${causes.join(', ') || 'never'}`,
    // Another end or none may be that of a machine which was too slow; two of them, or the right one in wrong words, are not.
    ofTime: !isEndAsWanted && isNoneTwice,
  };
};

/** The AI's session was closed once: with `transfer_completed` after a merge, and never with it otherwise. */
export const sessionClosed: Check = ({ events, expected }) => {
  const reasons = events.filter((e) => e.type === 'sessionClosed').map((e) => e.reason);
  const completed = reasons.filter((reason) => reason === 'transfer_completed').length;
  const pass = reasons.length === 1 && completed === (expected.outcome === 'connected' ? 1 : 0);
  const ofTime = reasons.length <= 1;
  return { check: 'session closed', pass, figure: reasons.join(', ') || 'never', ofTime };
};

/** Nothing happened that the table calls impossible. */
export const nothingUnexpected: Check = ({ events }) => {
  const odd = events.filter((e) => e.type === 'unexpectedEvent');
  const seen = odd.map((e) => `${e.event} while ${e.phase}`);
  return { check: 'nothing unexpected', pass: odd.length === 0, figure: seen.join(', ') || '0' };
};

/** In the words of the SDK for a job, and of Node for a process that dies of it. */
const unhandled = /unhandled ?(promise ?)?rejection|triggerUncaughtException|uncaught exception/i;

/** The SDK swallows rejected promises of a job at level debug; here they count. */
export const noUnhandledRejection: Check = ({ workerLines }) => {
  const found = workerLines.filter((line) => unhandled.test(line));
  const figure = found.length === 0 ? '0' : `${found.length}: ${found[0]}`;
  return { check: 'no unhandled rejection', pass: found.length === 0, figure };
};

/** No line of the worker or its jobs has a phone number in it, not even at level debug. */
export const noPhoneNumber: Check = ({ workerLines, phoneNumbers }) => {
  // Ten digits are the number also where it is written without a country code.
  const digits = phoneNumbers.map((number) => number.slice(-10));
  const written = inWriting(phoneNumbers);
  const found = workerLines.filter(
    (line) => digits.some((number) => line.includes(number)) || written.test(line),
  );
  const figure =
    found.length === 0 ? `0 in ${workerLines.length} lines` : `${found.length}: ${found[0]}`;
  return {
    check: 'no phone number in the log',
    pass: found.length === 0 && workerLines.length > 0,
    figure,
  };
};

/** Numbers as people and libraries write them: "(202) 555-0147"; other digits next to it make it something else. */
function inWriting(phoneNumbers: readonly string[]): RegExp {
  const between = '[ \\u00a0().\\-/]{0,3}';
  const all = phoneNumbers.map((number) => {
    const digits = number.replace(/\D/g, '');
    const [country, rest] = [digits.slice(0, -10), digits.slice(-10).split('').join(between)];
    return country ? `(?:${country}${between})?${rest}` : rest;
  });
  // Without numbers nothing is found.
  return all.length === 0 ? /(?!)/ : new RegExp(`(?<!\\d)(?:${all.join('|')})(?!\\d)`);
}
