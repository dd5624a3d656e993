/** Cutting off what a session says: everything, waited for, but not for ever. */
import { EventEmitter } from 'node:events';
import { voice } from '@livekit/agents';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { limits } from './limits.ts';
import { Speeches } from './speeches.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function speaking() {
  const session = new EventEmitter();
  const speeches = new Speeches(session as unknown as voice.AgentSession);
  const begin = () => {
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    const done: (() => void)[] = [];
    const speechHandle = {
      interrupt: vi.fn(),
      waitForPlayout: () => over,
      addDoneCallback: (callback: () => void) => void done.push(callback),
    };
    session.emit(voice.AgentSessionEventTypes.SpeechCreated, { speechHandle });
    return {
      interrupt: speechHandle.interrupt,
      isOver: () => {
        done.forEach((callback) => callback());
        end();
      },
    };
  };
  return { speeches, begin };
}

test('everything is cut off, and waited for until nothing of it is on its way', async () => {
  const { speeches, begin } = speaking();
  const [first, second] = [begin(), begin()];
  const cutOff = vi.fn();
  void speeches.cutOff().then(cutOff);
  expect(first.interrupt).toHaveBeenCalledExactlyOnceWith(true);
  expect(second.interrupt).toHaveBeenCalledExactlyOnceWith(true);
  first.isOver();
  await vi.advanceTimersByTimeAsync(0);
  expect(cutOff).not.toHaveBeenCalled();
  second.isOver();
  await vi.advanceTimersByTimeAsync(0);
  expect(cutOff).toHaveBeenCalledOnce();
});

test('what is over already is left alone', async () => {
  const { speeches, begin } = speaking();
  const before = begin();
  before.isOver();
  await speeches.cutOff();
  expect(before.interrupt).not.toHaveBeenCalled();
});

test('a speech that does not come to its end is waited for no longer than its limit', async () => {
  const { speeches, begin } = speaking();
  begin();
  const cutOff = vi.fn();
  void speeches.cutOff().then(cutOff);
  await vi.advanceTimersByTimeAsync(limits.cutOffMs - 1);
  expect(cutOff).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(cutOff).toHaveBeenCalledOnce();
});
