/** The AI's end of the call room: what a caller on hold is told and when, and a line that is cleared in any case. */
import { EventEmitter } from 'node:events';
import { initializeLogger, voice } from '@livekit/agents';
import { type Room, RoomEvent } from '@livekit/rtc-node';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallerSide } from './caller-side.ts';
import { limits } from './limits.ts';
import { words } from './words.ts';

// The tune needs a real room; what is said over it does not.
const tune = vi.hoisted(() => ({ heard: [] as string[], withdrawn: Promise.resolve() }));
vi.mock('./hold.ts', () => ({
  HoldAudio: class {
    isUsable = true;
    #plays = false;
    play = () => {
      if (!this.#plays) tune.heard.push('begun');
      this.#plays = true;
    };
    silence = () => {
      this.isUsable = false;
      tune.heard.push('silenced');
    };
    close = () => {
      this.isUsable = false;
      tune.heard.push('closed');
      return tune.withdrawn;
    };
  },
}));
beforeEach(() => {
  tune.heard.length = 0;
  tune.withdrawn = Promise.resolve();
});

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const speakingMs = 3_000;

/** Speaks each sentence for three seconds unless it is cut off; fails as the SDK does when it does not run. */
class Session extends EventEmitter {
  readonly currentAgent = new voice.Agent({ instructions: 'Help the caller.' });
  readonly input = { setAudioEnabled: vi.fn(), audioEnabled: true };
  readonly said: { words: string; atMs: number; cutOff: boolean }[] = [];
  readonly #speaking = new Set<() => void>();
  isRunning = true;
  readonly shutdown = vi.fn(({ reason }: { reason: string }) =>
    this.emit(voice.AgentSessionEventTypes.Close, { reason }),
  );

  say(words: string) {
    this.#mustRun();
    const entry = { words, atMs: Date.now(), cutOff: false };
    this.said.push(entry);
    let isDone = false;
    const done = new Promise<void>((resolve) => {
      setTimeout(resolve, speakingMs);
      this.#speaking.add(() => {
        if (!isDone) entry.cutOff = true;
        resolve();
      });
    }).then(() => void (isDone = true));
    const cut = [...this.#speaking].at(-1)!;
    return { waitForPlayout: () => done, interrupt: cut };
  }

  interrupt() {
    this.#mustRun();
    for (const cut of this.#speaking) cut();
  }

  #mustRun() {
    if (!this.isRunning) throw new Error('AgentSession is not running');
  }
}

function callerSide() {
  const setSubscribed = vi.fn();
  const caller = { trackPublications: new Map([['TR_1', { setSubscribed }]]) };
  const localParticipant = {
    trackPublications: new Map([['TR_2', { sid: 'TR_2' }]]),
    unpublishTrack: vi.fn(() => Promise.reject(new Error('the room is gone'))),
  };
  const remoteParticipants = new Map([['caller', caller]]);
  const room = Object.assign(new EventEmitter(), { remoteParticipants, localParticipant });
  const session = new Session();
  const side = new CallerSide({
    room: room as unknown as Room,
    session: session as unknown as voice.AgentSession,
    identity: 'caller',
    number: undefined,
    words: words.agent,
  });
  return { side, session, setSubscribed, room };
}

test('a line is cleared when the session does not run any more: nothing is said, nobody is heard', () => {
  const { side, session, setSubscribed } = callerSide();
  session.isRunning = false;
  expect(() => side.clearLine()).not.toThrow();
  expect(setSubscribed).toHaveBeenCalledExactlyOnceWith(false);
});

test('a caller on hold is not listened to, and is again when they return, without the tune', async () => {
  const { side, session, setSubscribed } = callerSide();
  side.hold('One moment please.', () => undefined);
  expect(session.input.setAudioEnabled).toHaveBeenLastCalledWith(false);
  side.returnToAgent('I am sorry.');
  expect(session.input.setAudioEnabled).toHaveBeenLastCalledWith(true);
  expect(setSubscribed).toHaveBeenLastCalledWith(true);
  expect(tune.heard).toEqual(['begun', 'closed']);
});

test('a line that is cleared has no tune and no words on it, and nobody listens', () => {
  const { side, session, setSubscribed } = callerSide();
  side.hold('One moment please.', () => undefined);
  side.clearLine();
  expect(tune.heard).toEqual(['begun', 'silenced']);
  expect(session.said.map(({ cutOff }) => cutOff)).toEqual([true]);
  expect(setSubscribed).toHaveBeenLastCalledWith(false);
});

test('a hold after one that was silenced has a tune of its own; on the way to the next number it goes on', () => {
  const { side } = callerSide();
  side.hold('One moment please.', () => undefined);
  side.hold('I am trying another phone.', () => undefined);
  expect(tune.heard).toEqual(['begun']);
  side.clearLine();
  side.hold('I am trying another phone.', () => undefined);
  expect(tune.heard).toEqual(['begun', 'silenced', 'closed', 'begun']);
});

test.each<[string, (side: CallerSide) => unknown]>([
  ['is given back to the AI', (side) => side.returnToAgent('I am sorry.')],
  ['has to be hung up on', (side) => side.partWith('I am sorry.')],
])(
  'a caller who %s is spoken to at once, also when the server is slow to withdraw the tune',
  async (_, speaks) => {
    const { side, session } = callerSide();
    side.hold('One moment please.', () => undefined);
    tune.withdrawn = new Promise(() => undefined);
    void speaks(side);
    await vi.advanceTimersByTimeAsync(0);
    expect(tune.heard).toEqual(['begun', 'closed']);
    expect(session.said.map(({ words: said }) => said)).toContain('I am sorry.');
  },
);

test('a hold that was prepared plays only when it begins, and the next one is prepared when the caller is back', async () => {
  const { side } = callerSide();
  const first = side.prepareHold();
  expect(tune.heard).toEqual([]);
  side.hold('One moment please.', () => undefined);
  expect(tune.heard).toEqual(['begun']);
  side.returnToAgent('I am sorry.');
  const next = side.prepareHold();
  expect(next).not.toBe(first);
  expect(next.isUsable).toBe(true);
  expect(tune.heard).toEqual(['begun', 'closed']);
});

test('an AI that leaves closes its session, says why, and takes back whatever it has published', async () => {
  const { side, session, room } = callerSide();
  side.hold('One moment please.', () => undefined);
  await side.leave();
  expect(session.shutdown).toHaveBeenCalledExactlyOnceWith({
    drain: false,
    reason: 'transfer_completed',
  });
  expect(tune.heard).toEqual(['begun', 'closed']);
  expect(room.localParticipant.unpublishTrack).toHaveBeenCalledExactlyOnceWith('TR_2');
});

describe('a caller whose phone sends a new track', () => {
  const publishes = (on: ReturnType<typeof callerSide>, identity: string) =>
    on.room.emit(RoomEvent.TrackPublished, {}, { identity });

  test('is listened to on that', () => {
    const on = callerSide();
    publishes(on, 'caller');
    expect(on.setSubscribed).toHaveBeenCalledExactlyOnceWith(true);
  });

  test('is listened to again when we are back in the room', () => {
    const on = callerSide();
    on.room.emit(RoomEvent.Reconnected);
    expect(on.setSubscribed).toHaveBeenCalledExactlyOnceWith(true);
  });

  test('is not listened to on hold, and nobody else ever is', () => {
    const on = callerSide();
    publishes(on, 'human-1');
    on.session.input.audioEnabled = false;
    publishes(on, 'caller');
    on.room.emit(RoomEvent.Reconnected);
    expect(on.setSubscribed).not.toHaveBeenCalled();
  });
});

test('what the AI is to know is known to it, and is not said by code', async () => {
  const { side, session } = callerSide();
  await side.note('The colleague said: "in a meeting"');
  const known = session.currentAgent.chatCtx.items.map((item) => JSON.stringify(item));
  expect(known).toEqual([expect.stringContaining('in a meeting')]);
  expect(session.said).toEqual([]);
});

describe('a provider that fails', () => {
  const fault = (type: string) => ({ error: { type, recoverable: false, error: new Error() } });
  const failing = (session: Session, type: string) =>
    session.emit(voice.AgentSessionEventTypes.Error, fault(type));

  test('is owned up to when the model gives no reply', () => {
    const { session } = callerSide();
    failing(session, 'llm_error');
    expect(session.said.map(({ words }) => words)).toEqual([
      expect.stringMatching(/say that again/),
    ]);
  });

  test('ends the session when it is the voice, because nothing can be said about it', () => {
    const { session } = callerSide();
    failing(session, 'tts_error');
    expect(session.shutdown).toHaveBeenCalledExactlyOnceWith({
      drain: false,
      reason: 'error',
    });
  });

  test('is none that the SDK mends by itself', () => {
    const { session } = callerSide();
    for (const type of ['llm_error', 'tts_error', 'stt_error']) {
      session.emit(voice.AgentSessionEventTypes.Error, { error: { type, recoverable: true } });
    }
    expect(session.said).toEqual([]);
    expect(session.shutdown).not.toHaveBeenCalled();
  });

  test('matters to nobody on hold, until they are back', async () => {
    const { side, session } = callerSide();
    side.hold('One moment please.', () => undefined);
    for (const type of ['llm_error', 'tts_error']) failing(session, type);
    expect(session.said).toHaveLength(1);
    expect(session.shutdown).not.toHaveBeenCalled();
    side.returnToAgent('I am sorry.');
    failing(session, 'tts_error');
    expect(session.shutdown).toHaveBeenCalledOnce();
  });
});

describe('words on hold', () => {
  const first = 'One moment please.';

  /** On hold since the moment 0, with the words of `next` at hand. */
  function onHold(next: () => string | undefined) {
    vi.setSystemTime(0);
    const made = callerSide();
    made.side.hold(first, next);
    return made;
  }
  const everMs = 10 * 60_000;
  const reminderMs = speakingMs + limits.holdWordsMs;

  test('come again and again, a pause after the last were spoken to their end', async () => {
    const { session } = onHold(() => 'It rings.');
    await vi.advanceTimersByTimeAsync(3 * reminderMs);
    expect(session.said.map(({ words, atMs }) => [words, atMs])).toEqual([
      [first, 0],
      ['It rings.', reminderMs],
      ['It rings.', 2 * reminderMs],
      ['It rings.', 3 * reminderMs],
    ]);
  });

  test('leave nobody without a word for 20 s', () => {
    // Two seconds are more than a voice takes to begin.
    expect(limits.holdWordsMs + 2_000).toBeLessThan(20_000);
  });

  test('are asked for when they are due, not before', async () => {
    let phase = 'It is being dialled.';
    const { session } = onHold(() => phase);
    await vi.advanceTimersByTimeAsync(reminderMs - 1);
    phase = 'It rings.';
    await vi.advanceTimersByTimeAsync(1);
    expect(session.said.map(({ words }) => words)).toEqual([first, 'It rings.']);
  });

  test('end with the first moment for which there are none', async () => {
    const words = ['It rings.', undefined, 'It rings again.'];
    const { session } = onHold(() => words.shift());
    await vi.advanceTimersByTimeAsync(everMs);
    expect(session.said).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each<[string, (made: ReturnType<typeof callerSide>) => unknown]>([
    ['the human has accepted', ({ side }) => side.clearLine()],
    ['the caller is back with the AI', ({ side }) => side.returnToAgent('I am sorry.')],
    [
      'the session is closed',
      ({ session }) => session.emit(voice.AgentSessionEventTypes.Close, {}),
    ],
  ])('do not come any more when %s', async (_, end) => {
    for (const atMs of [speakingMs / 2, speakingMs + 1, reminderMs - 1, reminderMs + 1]) {
      const made = onHold(() => 'It rings.');
      await vi.advanceTimersByTimeAsync(atMs);
      const before = made.session.said.length;
      await end(made);
      const reminders = () => made.session.said.filter(({ words }) => words === 'It rings.');
      expect(reminders().map(({ cutOff }) => cutOff)).toEqual(before > 1 ? [true] : []);
      await vi.advanceTimersByTimeAsync(everMs);
      expect(reminders()).toHaveLength(before - 1);
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  test('that are the first are heard to their end by a caller who returns at once', async () => {
    const { side, session } = onHold(() => 'It rings.');
    await vi.advanceTimersByTimeAsync(100);
    side.returnToAgent('I am sorry.');
    expect(session.said).toMatchObject([
      { words: first, cutOff: false },
      { words: 'I am sorry.', cutOff: false },
    ]);
  });

  test('come in a second hold as in the first, and only once', async () => {
    const { side, session } = onHold(() => 'It rings.');
    side.returnToAgent('I am sorry.');
    await vi.advanceTimersByTimeAsync(speakingMs);
    session.said.length = 0;
    side.hold(first, () => 'It rings.');
    await vi.advanceTimersByTimeAsync(reminderMs);
    expect(session.said.map(({ words }) => words)).toEqual([first, 'It rings.']);
  });

  test('end when another hold begins', async () => {
    const { side, session } = onHold(() => 'It rings.');
    await vi.advanceTimersByTimeAsync(speakingMs + 1);
    side.hold('Another phone.', () => undefined);
    await vi.advanceTimersByTimeAsync(everMs);
    expect(session.said.map(({ words }) => words)).toEqual([first, 'Another phone.']);
  });

  test('that are the first are waited for no longer than their limit', async () => {
    const { side, session } = callerSide();
    session.say = () => ({ waitForPlayout: () => new Promise(() => undefined), interrupt() {} });
    side.hold(first, () => 'It rings.');
    const heard = vi.fn();
    void side.heardFirstWords().then(heard);
    await vi.advanceTimersByTimeAsync(limits.announcementMs - 1);
    expect(heard).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(heard).toHaveBeenCalledOnce();
  });

  test('that cannot be said when the hold begins leave the caller with the tune', async () => {
    const { side, session } = callerSide();
    session.isRunning = false;
    expect(() => side.hold(first, () => 'It rings.')).not.toThrow();
    await side.heardFirstWords();
    expect(tune.heard).toEqual(['begun']);
  });

  test('that cannot be said, because the AI has lost its voice, leave the hold as it is', async () => {
    const { session } = onHold(() => 'It rings.');
    session.isRunning = false;
    await vi.advanceTimersByTimeAsync(everMs);
    expect(session.said).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('last words', () => {
  test('are said when nothing else is, to a caller who is not listened to any more', async () => {
    const { side, session } = callerSide();
    side.hold('One moment.', () => 'Still here.');
    const parting = side.partWith('Goodbye.');
    await vi.advanceTimersByTimeAsync(speakingMs);
    await vi.advanceTimersByTimeAsync(speakingMs);
    await parting;
    expect(session.said.at(-1)).toMatchObject({ words: 'Goodbye.', cutOff: false });
    expect(session.input.setAudioEnabled).toHaveBeenLastCalledWith(false);
    expect(tune.heard.at(-1)).toBe('closed');
    await vi.advanceTimersByTimeAsync(10 * limits.holdWordsMs);
    expect(session.said.at(-1)).toMatchObject({ words: 'Goodbye.' });
  });

  test('are given up on at their limit', async () => {
    const { side, session } = callerSide();
    session.say = () => ({
      waitForPlayout: () => new Promise<undefined>(() => undefined),
      interrupt: () => undefined,
    });
    const over = vi.fn();
    void side.partWith('Goodbye.').then(over);
    await vi.advanceTimersByTimeAsync(limits.goodbyeMs - 1);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalledOnce();
  });

  test('are left out when there is no voice for them', async () => {
    const { side, session } = callerSide();
    session.isRunning = false;
    await expect(side.partWith('Goodbye.')).resolves.toBeUndefined();
  });
});
