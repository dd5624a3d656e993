/** What holds whatever a closer does: every other one runs, once, and the end comes within a limit. */
import { initializeLogger } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from './limits.ts';
import { Teardown, setDeadline, within } from './teardown.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<void>(() => undefined);

describe('Teardown', () => {
  test('starts every closer, the one that was registered last first', async () => {
    const started: string[] = [];
    const teardown = new Teardown();
    for (const name of ['room', 'session', 'leg']) {
      teardown.add(name, () => void started.push(name));
    }
    await teardown.close();
    expect(started).toEqual(['leg', 'session', 'room']);
  });

  test('does not let one closer wait for another', async () => {
    const started: string[] = [];
    const teardown = new Teardown();
    teardown.add('first', () => void started.push('first'));
    teardown.add('hangs', never);
    void teardown.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(started).toEqual(['first']);
  });

  test.each<[string, () => Promise<void> | void]>([
    ['rejects', () => Promise.reject(new Error('the server is gone'))],
    [
      'throws',
      () => {
        throw new Error('not connected');
      },
    ],
    ['hangs', never],
  ])('runs the others when one %s, and comes to its end', async (_, wrong) => {
    const [opened, late] = [vi.fn(), vi.fn()];
    const teardown = new Teardown();
    teardown.add('opened before it', opened);
    teardown.add('the wrong one', wrong);
    teardown.add('opened after it', late);
    const closed = teardown.close();
    await vi.advanceTimersByTimeAsync(limits.closerMs);
    await expect(closed).resolves.toBeUndefined();
    expect(opened).toHaveBeenCalledOnce();
    expect(late).toHaveBeenCalledOnce();
  });

  test('waits for a slow closer, and for a hanging one no longer than the limit', async () => {
    const isClosed = vi.fn();
    const teardown = new Teardown();
    teardown.add('hangs', never);
    void teardown.close().then(isClosed);
    await vi.advanceTimersByTimeAsync(limits.closerMs - 1);
    expect(isClosed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(isClosed).toHaveBeenCalledOnce();
  });

  test('runs once, however often it is asked to; who asks again waits for the same end', async () => {
    let finish: () => void = () => undefined;
    const close = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    const teardown = new Teardown();
    teardown.add('room', close);
    const secondIsDone = vi.fn();
    const first = teardown.close();
    const second = teardown.close().then(secondIsDone);
    await vi.advanceTimersByTimeAsync(10);
    expect(secondIsDone).not.toHaveBeenCalled();
    finish();
    await Promise.all([first, second, teardown.close()]);
    expect(close).toHaveBeenCalledOnce();
  });

  test('a closer may itself ask for the end, but may open nothing more', async () => {
    const teardown = new Teardown();
    const [room, tooLate] = [vi.fn(), vi.fn()];
    teardown.add('room', room);
    teardown.add('session', () => teardown.add('consult room', tooLate));
    teardown.add('transfer', () => void teardown.close());
    await teardown.close();
    expect(room).toHaveBeenCalledOnce();
    expect(tooLate).not.toHaveBeenCalled();
  });

  test('takes no closer once it has begun, and says what must not be opened', async () => {
    const teardown = new Teardown();
    const closed = teardown.close();
    expect(() => teardown.add('consult room', vi.fn())).toThrow(
      'too late to open the consult room',
    );
    await closed;
    expect(() => teardown.add('consult room', vi.fn())).toThrow('the call is ending');
  });

  test('ends at once when there is nothing to close', async () => {
    await expect(new Teardown().close()).resolves.toBeUndefined();
  });
});

describe('within', () => {
  test('gives what the promise gives', async () => {
    await expect(within(100, Promise.resolve('done'))).resolves.toBe('done');
    await expect(within(100, Promise.reject(new Error('busy')))).rejects.toThrow('busy');
  });

  test('rejects at the limit, not before, and names it', async () => {
    const failed = vi.fn();
    within(100, never()).catch(failed);
    await vi.advanceTimersByTimeAsync(99);
    expect(failed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(failed).toHaveBeenCalledWith(new Error('not done within 100 ms'));
  });

  test.each([
    ['in time', () => Promise.resolve()],
    ['with an error', () => Promise.reject(new Error('busy'))],
  ])('leaves no timer behind when the promise ends %s', async (_, promise) => {
    await within(100, promise()).catch(() => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a promise that fails after its limit is nobody’s unhandled rejection', async () => {
    const onUnhandled = vi.fn();
    process.on('unhandledRejection', onUnhandled);
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<void>((_, reject) => (fail = reject));
    const limited = within(100, late).catch(() => 'limit');
    await vi.advanceTimersByTimeAsync(100);
    expect(await limited).toBe('limit');
    fail(new Error('too late'));
    // Node reports unhandled rejections after the microtasks of a turn.
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onUnhandled);
    expect(onUnhandled).not.toHaveBeenCalled();
  });
});

describe('a deadline', () => {
  const standStill = (forMs: number) => {
    const untilMs = performance.now() + forMs;
    while (performance.now() < untilMs);
  };
  const order = (limitMs: number, standStillMs: number, answerMs: number) =>
    new Promise<string[]>((resolve) => {
      const seen: string[] = [];
      const note = (what: string) => seen.push(what) === 2 && resolve(seen);
      setDeadline(limitMs, () => note('passed'));
      // Answers on the wire come after timers; one that sets a timer comes later still.
      setImmediate(() => setTimeout(() => note('answered'), answerMs));
      standStill(standStillMs);
    });

  beforeEach(() => void vi.useRealTimers());

  test('that passes while the process stands still waits for what came meanwhile', async () => {
    expect(await order(20, 400, 50)).toEqual(['answered', 'passed']);
  });

  test('that passes in time is not put off', async () => {
    expect(await order(20, 0, 200)).toEqual(['passed', 'answered']);
  });

  test('is put off once, for as long as it was late', async () => {
    expect(await order(20, 300, 900)).toEqual(['passed', 'answered']);
  });

  test('that is cancelled does not pass, in either wait', async () => {
    const passed = vi.fn();
    const cancel = setDeadline(20, passed);
    standStill(200);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 0));
    cancel();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(passed).not.toHaveBeenCalled();
  });
});
