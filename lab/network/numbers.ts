/** Who has a telephone in the lab, and under which number. */
import type { PhoneExchange } from '../phone/exchange.ts';

export const numbers = {
  /** The number that callers dial; the one in sip/inbound-trunk.json. */
  line: '+12025550100',
  caller: '+12025550147',
  human: '+12025550123',
  /** A second human, who is rung when the first does not take the call. */
  colleague: '+12025550124',
  third: '+12025550125',
} as const;

export type Phones = ReturnType<typeof openPhones>;

export function openPhones(exchange: PhoneExchange) {
  // The pilots of the two who talk most are in the middle of their band, as far as can be from speech below and codes above it.
  const { caller, human, colleague, third } = numbers;
  return {
    caller: exchange.phone({ name: 'caller', number: caller, pilot: 3 }),
    human: exchange.phone({ name: 'human', number: human, pilot: 4 }),
    colleague: exchange.phone({ name: 'colleague', number: colleague, pilot: 2 }),
    third: exchange.phone({ name: 'third', number: third, pilot: 5 }),
  };
}
