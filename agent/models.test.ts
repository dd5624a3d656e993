/** How a session is closed and hushed, whatever state it is in. */
import { EventEmitter } from 'node:events';
import { initializeLogger, voice } from '@livekit/agents';
import type { Room } from '@livekit/rtc-node';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from './limits.ts';
import type { Config } from './config.ts';
import { closeSession, createSession, hush, loadVad, startSession } from './models.ts';
import { words } from './words.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<void>(() => undefined);

/** A session whose Close event comes only when the test emits it. */
function session(close: () => Promise<void> = never) {
  const emitter = new EventEmitter();
  const fake = Object.assign(emitter, {
    close: vi.fn(close),
    shutdown: vi.fn(),
    interrupt: vi.fn(),
  });
  return { fake, asSession: fake as unknown as voice.AgentSession };
}

describe('closing', () => {
  test.each([undefined, 'transfer_completed'])(
    'with the reason %s ends with the Close event, though the promise of the SDK stays open',
    async (reason) => {
      const { fake, asSession } = session();
      const closed = vi.fn();
      void closeSession(asSession, reason).then(closed);
      await vi.advanceTimersByTimeAsync(100);
      expect(closed).not.toHaveBeenCalled();
      fake.emit(voice.AgentSessionEventTypes.Close, {});
      await vi.advanceTimersByTimeAsync(0);
      expect(closed).toHaveBeenCalledOnce();
    },
  );

  test('with a reason tells it, and waits for nothing that is still to be said', () => {
    const { fake, asSession } = session();
    void closeSession(asSession, 'transfer_completed');
    expect(fake.shutdown).toHaveBeenCalledExactlyOnceWith({
      drain: false,
      reason: 'transfer_completed',
    });
  });

  test('of a session that was never started ends, though no event comes', async () => {
    const { asSession } = session(() => Promise.resolve());
    await expect(closeSession(asSession)).resolves.toBeUndefined();
  });

  test('that fails is nobody’s trouble', async () => {
    const { asSession } = session(() => Promise.reject(new Error('not connected')));
    await expect(closeSession(asSession)).resolves.toBeUndefined();
  });

  test('again ends when it had ended the first time, because its event does not come again', async () => {
    const { fake, asSession } = session();
    const first = closeSession(asSession);
    fake.emit(voice.AgentSessionEventTypes.Close, {});
    await first;
    await expect(closeSession(asSession)).resolves.toBeUndefined();
    expect(fake.close).toHaveBeenCalledOnce();
  });

  test('that hangs is waited for no longer than its limit', async () => {
    const { asSession } = session();
    const closed = vi.fn();
    void closeSession(asSession).then(closed);
    await vi.advanceTimersByTimeAsync(limits.sessionCloseMs - 1);
    expect(closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toHaveBeenCalledOnce();
  });
});

test('a noise that makes the AI pause loses no more than 200 ms of what it says', () => {
  const session = Object.assign(new EventEmitter(), { input: {}, start: vi.fn() });
  const room = Object.assign(new EventEmitter(), { remoteParticipants: new Map() });
  void startSession(session as unknown as voice.AgentSession, {
    agent: {} as voice.Agent,
    room: room as unknown as Room,
    hears: 'caller',
  });
  const [{ outputOptions }] = session.start.mock.calls[0]! as [
    { outputOptions: { queueSizeMs: number } },
  ];
  expect(outputOptions.queueSizeMs + limits.speechPieceMs).toBeLessThanOrEqual(200);
});

test('hushing cuts off also what may not be interrupted, and is safe when nothing runs', () => {
  const { fake, asSession } = session();
  hush(asSession);
  expect(fake.interrupt).toHaveBeenCalledExactlyOnceWith({ force: true });
  fake.interrupt.mockImplementation(() => {
    throw new Error('AgentSession is not running');
  });
  expect(() => hush(asSession)).not.toThrow();
});

test('a session waits no longer for the model and for words than people do', async () => {
  vi.useRealTimers();
  const provider = { apiKey: 'key', baseUrl: 'http://127.0.0.1:9' };
  const providers = { openai: provider, deepgram: provider, cartesia: provider };
  const config = { ...providers, words } as Config;
  const made = createSession(config, await loadVad());
  expect(made.connOptions.llmConnOptions.timeoutMs).toBe(limits.modelMs);
  expect(made.sessionOptions.transcriptionTimeout).toBe(limits.transcriptMs);
  expect(made.sessionOptions.useTtsAlignedTranscript).toBe(false);
  // The voice has limits of its own, and the SDK's must not come before them.
  expect(made.sessionOptions.ttsReadIdleTimeout).toBe(limits.speechStallMs);
  expect(made.sessionOptions.forwardAudioIdleTimeout).toBe(limits.speechStallMs);
});
