/** When the offer is made again, and when a silent human is given up on. The session is an emitter with two states. */
import { EventEmitter } from 'node:events';
import { initializeLogger, voice } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { limits } from '../limits.ts';
import { remindOfOffer } from './offer-reminder.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const speakingMs = 4_000;
const onceMs = limits.offerAgainMs + speakingMs;

/** Speaks each sentence for four seconds, and says so by its state. */
class Session extends EventEmitter {
  agentState: voice.AgentState = 'listening';
  userState: voice.UserState = 'listening';
  isRunning = true;
  readonly said: string[] = [];

  say(words: string) {
    if (!this.isRunning) throw new Error('AgentSession is not running');
    this.said.push(words);
    this.agent('speaking');
    setTimeout(() => this.agent('listening'), speakingMs);
  }
  agent(state: voice.AgentState) {
    this.agentState = state;
    this.emit(voice.AgentSessionEventTypes.AgentStateChanged, {});
  }
  user(state: voice.UserState) {
    this.userState = state;
    this.emit(voice.AgentSessionEventTypes.UserStateChanged, {});
  }
}

function reminded() {
  const session = new Session();
  const onSilent = vi.fn();
  const end = remindOfOffer({ session: session as never, words: 'Press 1.', onSilent });
  return { session, onSilent, end };
}

test('a human who stays silent is asked again, and given up on in the end, once', async () => {
  const { session, onSilent } = reminded();
  await vi.advanceTimersByTimeAsync(limits.offerAgainMs - 1);
  expect(session.said).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(session.said).toEqual(['Press 1.']);
  await vi.advanceTimersByTimeAsync(limits.offerRepeats * onceMs - 1);
  expect(session.said).toHaveLength(limits.offerRepeats);
  expect(onSilent).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(onSilent).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(10 * onceMs);
  expect(onSilent).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test('nobody is asked while they speak, and whoever has spoken is asked as often as at first', async () => {
  const { session, onSilent } = reminded();
  await vi.advanceTimersByTimeAsync(onceMs * limits.offerRepeats);
  session.user('speaking');
  await vi.advanceTimersByTimeAsync(10 * onceMs);
  expect(session.said).toHaveLength(limits.offerRepeats);
  session.user('listening');
  await vi.advanceTimersByTimeAsync(onceMs * limits.offerRepeats);
  expect(session.said).toHaveLength(2 * limits.offerRepeats);
  expect(onSilent).not.toHaveBeenCalled();
});

test('an answer that the AI is thinking about or speaking is waited for', async () => {
  const { session } = reminded();
  session.agent('thinking');
  await vi.advanceTimersByTimeAsync(10 * onceMs);
  session.agent('speaking');
  await vi.advanceTimersByTimeAsync(10 * onceMs);
  expect(session.said).toHaveLength(0);
});

test('nothing is said after the end, and nothing goes on', async () => {
  const { session, onSilent, end } = reminded();
  end();
  session.user('speaking');
  session.user('listening');
  await vi.advanceTimersByTimeAsync(10 * onceMs);
  expect(session.said).toHaveLength(0);
  expect(onSilent).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('a session that has ended in between is no reason to fall over', async () => {
  const { session } = reminded();
  session.isRunning = false;
  await vi.advanceTimersByTimeAsync(10 * onceMs);
  expect(session.said).toHaveLength(0);
});
