/** What the consultation hears of the human, by which limits it speaks, and that it can be closed at any time. */
import { EventEmitter } from 'node:events';
import { initializeLogger, voice } from '@livekit/agents';
import type * as RtcNode from '@livekit/rtc-node';
import { ConnectionState, DisconnectReason, RoomEvent } from '@livekit/rtc-node';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from '../limits.ts';
import type { Telephony } from '../telephony.ts';
import { Consultation } from './consultation.ts';
import { Offer } from './offer.ts';
import type { TransferEvent } from './vocabulary.ts';
import { words } from '../words.ts';

type FakeRoom = EventEmitter & {
  remoteParticipants: Map<string, { identity: string; attributes: Record<string, string> }>;
  disconnect: () => Promise<void>;
};
const made = vi.hoisted(() => ({ rooms: [] as unknown[] }));
vi.mock('@livekit/rtc-node', async (original) => ({
  ...(await original<typeof RtcNode>()),
  Room: class extends EventEmitter {
    readonly name = 'consult-1';
    readonly connectionState = ConnectionState.CONN_CONNECTED;
    readonly remoteParticipants = new Map();
    readonly disconnect = vi.fn(() => Promise.resolve());
    constructor() {
      super();
      made.rooms.push(this);
    }
  },
}));

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<void>(() => undefined);
const human = {
  identity: 'human-1',
  attributes: { 'sip.callStatus': 'active' },
  trackPublications: new Map(),
};
const other = { identity: 'web-client', attributes: {}, trackPublications: new Map() };

/** A consultation whose AI says a sentence at once, unless `playout` says otherwise. */
function consultation(options: { playout?: () => Promise<void>; join?: () => Promise<void> } = {}) {
  const facts: TransferEvent[] = [];
  const speech = {
    waitForPlayout: options.playout ?? (() => Promise.resolve()),
    interrupted: false,
  };
  const session = Object.assign(new EventEmitter(), {
    input: { setAudioEnabled: vi.fn() },
    agentState: 'listening',
    userState: 'listening',
    start: vi.fn(() => Promise.resolve()),
    say: vi.fn((_words: string, _how: object) => speech),
    interrupt: vi.fn(),
    close: vi.fn(() => Promise.resolve()),
  });
  const machine = { answers: () => undefined as void, end: vi.fn() };
  const offer = new Offer('token-1');
  const held = new Consultation({
    telephony: {
      join: options.join ?? (() => Promise.resolve()),
      whoIsIn: () => Promise.resolve([]),
    } as unknown as Telephony,
    session: session as unknown as voice.AgentSession,
    names: { room: 'consult-1', human: 'human-1', agent: 'agent-1' },
    offer,
    spokenName: 'our billing team',
    words: words.consultation,
    summary: Promise.resolve('The caller has a question.'),
    detectMachine: (onMachine) => {
      machine.answers = onMachine;
      return machine.end;
    },
    put: (fact) => void facts.push(fact),
  });
  const room = made.rooms.at(-1) as FakeRoom;
  const leave = (who: typeof human | typeof other) =>
    room.emit(RoomEvent.ParticipantDisconnected, {
      ...who,
      disconnectReason: DisconnectReason.CLIENT_INITIATED,
    });
  const hear = (transcript: string, isFinal = true) =>
    session.emit(voice.AgentSessionEventTypes.UserInputTranscribed, { transcript, isFinal });
  const key = (digit: string, who: object = human) =>
    room.emit(RoomEvent.DtmfReceived, 0, digit, who);
  return { held, facts, session, speech, offer, room, machine, leave, hear, key };
}

describe('keys', () => {
  test.each<[string, TransferEvent[]]>([
    ['1', [{ type: 'humanAccepted', by: 'key' }]],
    ['2', [{ type: 'humanDeclined', by: 'key' }]],
    ['3', []],
    ['#', []],
  ])('%s of the human is understood', async (digit, facts) => {
    const on = consultation();
    await on.held.open();
    on.key(digit);
    expect(on.facts).toEqual(facts);
  });

  test('of anybody else mean nothing', async () => {
    const on = consultation();
    await on.held.open();
    on.key('1', other);
    expect(on.facts).toEqual([]);
  });
});

describe('the phone of the human', () => {
  const ringing = { ...human, attributes: { 'sip.callStatus': 'ringing' } };
  const rings: TransferEvent[] = [{ type: 'humanRinging' }];

  test('rings', async () => {
    const on = consultation();
    await on.held.open();
    on.room.emit(RoomEvent.ParticipantAttributesChanged, {}, ringing);
    expect(on.facts).toEqual(rings);
  });

  test('rings already when they join', async () => {
    const on = consultation();
    await on.held.open();
    on.room.emit(RoomEvent.ParticipantConnected, ringing);
    expect(on.facts).toEqual(rings);
  });

  test('rings already when we join', async () => {
    const on = consultation();
    on.room.remoteParticipants.set('human-1', ringing);
    await on.held.open();
    expect(on.facts).toEqual(rings);
  });

  test('is not anybody else’s', async () => {
    const on = consultation();
    await on.held.open();
    on.room.emit(
      RoomEvent.ParticipantAttributesChanged,
      {},
      { ...ringing, identity: 'web-client' },
    );
    expect(on.facts).toEqual([]);
  });
});

describe('leaving', () => {
  test('is told of the human, and of nobody else', async () => {
    const on = consultation();
    on.room.remoteParticipants.set(human.identity, human).set(other.identity, other);
    await on.held.open();
    on.leave(other);
    expect(on.facts).toEqual([]);
    on.leave(human);
    expect(on.facts).toEqual([{ type: 'humanLeft' }]);
  });

  test('is what a room that is over means', async () => {
    const on = consultation();
    await on.held.open();
    on.room.emit(RoomEvent.Disconnected, DisconnectReason.ROOM_DELETED);
    expect(on.facts).toEqual([{ type: 'humanLeft' }]);
  });

  test('is not told any more when the human is about to be moved; nothing is said and nothing heard', async () => {
    const on = consultation();
    on.room.remoteParticipants.set(human.identity, human);
    await on.held.open();
    on.held.fallSilent();
    on.leave(human);
    expect(on.facts).toEqual([]);
    expect(on.session.interrupt).toHaveBeenCalledExactlyOnceWith({ force: true });
    expect(on.session.input.setAudioEnabled).toHaveBeenCalledExactlyOnceWith(false);
  });
});

test('a hang-up on the way to the call room is told, though the watch has ended', async () => {
  const on = consultation();
  await on.held.open();
  on.held.fallSilent();
  const hungUp = { ...human, attributes: { 'sip.callStatus': 'hangup' } };
  on.room.emit(RoomEvent.ParticipantAttributesChanged, {}, hungUp);
  expect(on.facts).toEqual([{ type: 'humanLeft' }]);
});

describe('the offer', () => {
  test('is made when the headline was heard to its end, and cannot be interrupted', async () => {
    let finish: () => void = () => undefined;
    const on = consultation({ playout: () => new Promise<void>((resolve) => (finish = resolve)) });
    const briefed = on.held.brief();
    await vi.advanceTimersByTimeAsync(0);
    expect(on.session.say.mock.lastCall![0]).toContain('The caller has a question.');
    expect(on.session.say.mock.lastCall![1]).toEqual({ allowInterruptions: false });
    on.hear('Hello?');
    expect(on.facts).toEqual([]);
    finish();
    await briefed;
    expect(on.facts).toEqual([{ type: 'offerSpoken' }]);
    // What was said before its end is no answer to it.
    expect(on.offer.isAcceptedBy('token-1')).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    on.hear('Yes');
    expect(on.offer.isAcceptedBy('token-1')).toBe(true);
  });

  test('is not answered by words that are not final, or by none', async () => {
    const on = consultation();
    await on.held.brief();
    await vi.advanceTimersByTimeAsync(1);
    on.hear('Yes', false);
    on.hear('  ');
    expect(on.offer.isAcceptedBy('token-1')).toBe(false);
  });

  test('is not made when the headline was cut off', async () => {
    const on = consultation();
    on.speech.interrupted = true;
    await expect(on.held.brief()).rejects.toThrow('cut off');
    expect(on.facts).toEqual([]);
  });

  test('is not made when the headline does not come to its end within its limit', async () => {
    const failed = vi.fn();
    const on = consultation({ playout: never });
    on.held.brief().catch(failed);
    await vi.advanceTimersByTimeAsync(limits.headlineMs - 1);
    expect(failed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(failed).toHaveBeenCalledOnce();
    expect(on.facts).toEqual([]);
  });
});

describe('while the human decides', () => {
  const says = (on: ReturnType<typeof consultation>) =>
    on.session.say.mock.calls.map(([words]) => words);

  test('they are asked again when they say nothing, and it is told when they never do', async () => {
    const on = consultation();
    await on.held.brief();
    await vi.advanceTimersByTimeAsync(limits.offerAgainMs);
    expect(says(on).at(-1)).toBe(words.consultation.offerAgain);
    for (let i = 0; i < limits.offerRepeats; i++) {
      on.session.emit(voice.AgentSessionEventTypes.AgentStateChanged, {});
      await vi.advanceTimersByTimeAsync(limits.offerAgainMs);
    }
    expect(on.facts).toEqual([{ type: 'offerSpoken' }, { type: 'humanSilent' }]);
  });

  test.each<[string, (on: ReturnType<typeof consultation>) => unknown]>([
    ['they are about to be moved', ({ held }) => held.fallSilent()],
    ['they hear last words', ({ held }) => held.farewell('Goodbye.')],
    ['the consultation is closed', ({ held }) => held.close()],
  ])('they are asked no more, and no machine is looked for, when %s', async (_, end) => {
    const on = consultation();
    await on.held.brief();
    await end(on);
    const before = says(on).length;
    await vi.advanceTimersByTimeAsync(2 * limits.offerAgainMs);
    expect(says(on)).toHaveLength(before);
    expect(on.machine.end).toHaveBeenCalledOnce();
  });

  test('a machine that has answered is a fact', async () => {
    const on = consultation({ playout: never });
    void on.held.brief().catch(() => undefined);
    await vi.advanceTimersByTimeAsync(0);
    on.machine.answers();
    expect(on.facts).toEqual([{ type: 'machineAnswered' }]);
  });

  test('3 repeats the headline, once it was heard, and may be interrupted', async () => {
    const on = consultation();
    await on.held.open();
    on.key('3');
    expect(says(on)).toEqual([]);
    await on.held.brief();
    on.key('3');
    expect(says(on)).toEqual([says(on)[0], says(on)[0]]);
    expect(on.session.say.mock.lastCall).toHaveLength(1);
    on.key('3', other);
    expect(says(on)).toHaveLength(2);
  });

  test.each<[string, string | undefined]>([
    ['llm_error', words.consultation.noReply],
    ['stt_error', undefined],
  ])('of a fault (%s) they are told what matters to them', async (type, told) => {
    const on = consultation();
    await on.held.brief();
    on.session.emit(voice.AgentSessionEventTypes.Error, { error: { type, recoverable: false } });
    expect(says(on)[1]).toBe(told);
    expect(on.facts).toEqual([{ type: 'offerSpoken' }]);
  });

  test('an AI that has lost its voice, or its session, is a fact', async () => {
    const lost = [{ type: 'briefingFailed' }];
    const voiceless = consultation();
    await voiceless.held.open();
    const error = { type: 'tts_error', recoverable: false };
    voiceless.session.emit(voice.AgentSessionEventTypes.Error, { error });
    expect(voiceless.facts).toEqual(lost);
    const closed = consultation();
    await closed.held.open();
    closed.session.emit(voice.AgentSessionEventTypes.Close, { error: null });
    expect(closed.facts).toEqual([]);
    closed.session.emit(voice.AgentSessionEventTypes.Close, { error });
    expect(closed.facts).toEqual(lost);
  });
});

test('last words are waited for no longer than their limit, and nobody is listened to meanwhile', async () => {
  const on = consultation({ playout: never });
  await on.held.open();
  const said = vi.fn();
  const cut = {
    interrupt: vi.fn(),
    waitForPlayout: () => Promise.resolve(),
    addDoneCallback: vi.fn(),
  };
  on.session.emit(voice.AgentSessionEventTypes.SpeechCreated, { speechHandle: cut });
  void on.held.farewell('Goodbye.').then(said);
  expect(cut.interrupt).toHaveBeenCalledExactlyOnceWith(true);
  expect(on.session.input.setAudioEnabled).toHaveBeenCalledExactlyOnceWith(false);
  await vi.advanceTimersByTimeAsync(limits.farewellMs - 1);
  expect(said).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(said).toHaveBeenCalledOnce();
});

describe('joining', () => {
  test('that fails at first is tried again when the human has answered', async () => {
    const join = vi.fn(() => Promise.resolve());
    join.mockRejectedValueOnce(new Error('no route'));
    const on = consultation({ join });
    await expect(on.held.open()).rejects.toThrow('no route');
    await on.held.brief();
    expect(join).toHaveBeenCalledTimes(2);
    expect(on.facts).toEqual([{ type: 'offerSpoken' }]);
  });

  test('that hangs is waited for no longer than its limit', async () => {
    const on = consultation({ join: never });
    const briefed = expect(on.held.brief()).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(limits.joinMs);
    await briefed;
  });
});

test('what the human says into the end of the offer, and is understood after it, is no answer to it', async () => {
  const on = consultation();
  const speaks = (newState: string) =>
    on.session.emit(voice.AgentSessionEventTypes.UserStateChanged, { newState });
  speaks('speaking');
  await on.held.brief();
  on.hear('Yes?');
  expect(on.offer.isAcceptedBy('token-1')).toBe(false);
  speaks('listening');
  speaks('speaking');
  on.hear('Yes, connect me.');
  expect(on.offer.isAcceptedBy('token-1')).toBe(true);
});

describe('closing', () => {
  test('ends the session, leaves the room and watches no more', async () => {
    const on = consultation();
    on.room.remoteParticipants.set(human.identity, human);
    await on.held.open();
    await on.held.close();
    on.leave(human);
    expect(on.facts).toEqual([]);
    expect(on.session.close).toHaveBeenCalledOnce();
    expect(on.room.disconnect).toHaveBeenCalledOnce();
  });

  test('while it is still being opened waits for that, because leaving before it does nothing', async () => {
    let joined: () => void = () => undefined;
    const on = consultation({ join: () => new Promise<void>((resolve) => (joined = resolve)) });
    const opened = on.held.open();
    const closed = on.held.close();
    await vi.advanceTimersByTimeAsync(10);
    expect(on.room.disconnect).not.toHaveBeenCalled();
    joined();
    await opened;
    await closed;
    expect(on.room.disconnect).toHaveBeenCalledOnce();
  });

  test('is safe when it could not be opened, or never was', async () => {
    const failed = consultation({ join: () => Promise.reject(new Error('not connected')) });
    await expect(failed.held.open()).rejects.toThrow('not connected');
    await expect(failed.held.close()).resolves.toBeUndefined();
    await expect(consultation().held.close()).resolves.toBeUndefined();
  });
});

test('a 3 that comes when the AI has lost its voice does no harm, and a 1 after it counts', async () => {
  const on = consultation();
  await on.held.brief();
  on.session.say.mockImplementation(() => {
    throw new Error('AgentSession is not running');
  });
  expect(() => on.key('3')).not.toThrow();
  on.key('1');
  expect(on.facts.at(-1)).toEqual({ type: 'humanAccepted', by: 'key' });
});
