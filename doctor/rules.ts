/**
 * Which dispatch rule takes a call. Pure, and the order is livekit-server's own: MatchDispatchRuleIter and
 * DispatchRulePriority in github.com/livekit/protocol, sip/sip.go. It leaves out callers who have entered a PIN.
 */
import type { SIPDispatchRuleInfo } from 'livekit-server-sdk';

/** A call that has just come in. A number that is left out is one that no rule names. */
export type Call = { trunkId: string; from?: string | undefined; to?: string | undefined };

/** @returns undefined when no rule takes the call, which is then refused. */
export function ruleFor(
  rules: readonly SIPDispatchRuleInfo[],
  call: Call,
): SIPDispatchRuleInfo | undefined {
  const fitting = rules.filter((rule) => takes(rule, call));
  const specific = fitting.filter(({ trunkIds }) => trunkIds.length > 0);
  // Rules for all trunks count only where none names this one, whatever their priority.
  const all = specific.length > 0 ? specific : fitting;
  return all.toSorted(byPriority)[0];
}

/** Whether a rule would take a call if there were no other. */
export function takes(rule: SIPDispatchRuleInfo, { trunkId, from, to }: Call): boolean {
  const { trunkIds, numbers, inboundNumbers } = rule;
  const fits = (list: string[], value: string | undefined) =>
    list.length === 0 || (value !== undefined && list.includes(value));
  return (
    rule.rule?.rule.case !== undefined &&
    fits(trunkIds, trunkId) &&
    fits(numbers, to) &&
    fits(inboundNumbers, from)
  );
}

function byPriority(a: SIPDispatchRuleInfo, b: SIPDispatchRuleInfo): number {
  const [roomA, roomB] = [roomOf(a), roomOf(b)];
  return priorityOf(a) - priorityOf(b) || (roomA < roomB ? -1 : Number(roomA > roomB));
}

const kinds = ['dispatchRuleDirect', 'dispatchRuleIndividual', 'dispatchRuleCallee'] as const;

/** The lower number wins: rules with a PIN, then rules for certain numbers, then by kind. */
function priorityOf({ rule, numbers, inboundNumbers }: SIPDispatchRuleInfo): number {
  const is = rule?.rule;
  if (is?.case === undefined) return Infinity;
  const withoutPin = is.value.pin === '' ? 100 : 0;
  const forAll = (list: string[]) => (list.length === 0 ? 1_000 : 0);
  return kinds.indexOf(is.case) + withoutPin + forAll(inboundNumbers) + forAll(numbers);
}

function roomOf({ rule }: SIPDispatchRuleInfo): string {
  const is = rule?.rule;
  if (is?.case === undefined) return '';
  return is.case === 'dispatchRuleDirect' ? is.value.roomName : is.value.roomPrefix;
}
