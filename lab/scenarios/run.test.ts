import { expect, test } from 'vitest';
import type { CallView } from '../phone/call-view.ts';
import { legRecord } from './run.ts';

const leg = (...messages: string[]) => {
  const ladder = messages.map((message, i) => ({
    atMs: i,
    direction: message.startsWith('>') ? ('sent' as const) : ('received' as const),
    summary: message.slice(2),
    headers: { CSeq: String(i) },
  }));
  const call = { ladder, frames: [] } as unknown as CallView;
  return legRecord({ pilot: 1 }, call, { said: [], pressed: [] });
};

test.each<[string, number, string[]]>([
  ['a hang-up', 1, ['< INVITE', '> 200 OK (INVITE)', '< ACK', '< BYE']],
  ['a call that is taken back', 1, ['< INVITE', '< CANCEL', '> 487 Terminated (INVITE)']],
  ['an answer that crosses a CANCEL', 1, ['> 200 OK (INVITE)', '< CANCEL', '> BYE']],
  ['two that hang up at once', 2, ['> 200 OK (INVITE)', '< BYE', '> BYE']],
  ['a refusal', 1, ['> INVITE', '< 407 Unauthorized (INVITE)', '< 486 Busy (INVITE)']],
])('%s ends a leg %i times', (_, endings, messages) => {
  expect(leg(...messages).endings).toBe(endings);
});
