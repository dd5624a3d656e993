/** The AI's end of the call room, when its session is gone: the human can still take the call. */
import { initializeLogger, type voice } from '@livekit/agents';
import type { Room } from '@livekit/rtc-node';
import { beforeAll, expect, test, vi } from 'vitest';
import { CallerSide } from './caller-side.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

test('a line is cleared when the session does not run any more: nothing is said, nobody is heard', () => {
  const setSubscribed = vi.fn();
  const caller = { trackPublications: new Map([['TR_1', { setSubscribed }]]) };
  const room = { on: vi.fn(), remoteParticipants: new Map([['caller', caller]]) };
  // What the SDK does when a session is closed, or was never started.
  const session = {
    interrupt: () => {
      throw new Error('AgentSession is not running');
    },
  };
  const side = new CallerSide({
    room: room as unknown as Room,
    session: session as unknown as voice.AgentSession,
    identity: 'caller',
  });
  expect(() => side.clearLine()).not.toThrow();
  expect(setSubscribed).toHaveBeenCalledExactlyOnceWith(false);
});
