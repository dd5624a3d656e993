/**
 * A model and people that do whatever they like: tools called with wrong names, tokens of other attempts, twice, too early, after
 * the end; keys, words and hang-ups at any moment. Everything of the application between the tools and LiveKit is real.
 *
 * Two things must hold: nobody is dialled who is not in the directory, and nobody is merged without both keys. An oracle
 * that knows nothing of the application keeps count of the keys.
 */
import { EventEmitter } from 'node:events';
import { type JobContext, type VAD, initializeLogger, llm, voice } from '@livekit/agents';
import type * as RtcNode from '@livekit/rtc-node';
import { ConnectionState, DisconnectReason, RoomEvent } from '@livekit/rtc-node';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Call } from './call.ts';
import type { CallEvent } from './call-events.ts';
import type { Config } from './config.ts';
import { candidates } from './directory/candidates.ts';
import type { Destination, Directory } from './directory/directory.ts';
import type * as Models from './models.ts';
import { words } from './words.ts';

class FakeRoom extends EventEmitter {
  name: string | undefined;
  readonly connectionState = ConnectionState.CONN_CONNECTED;
  readonly remoteParticipants = new Map<string, object>();
  readonly localParticipant = { trackPublications: new Map() };
  disconnect = () => Promise.resolve();
}

/** What a session was asked to say, with the way to let it come to its end. */
type Speech = { words: string; finish: () => void; interrupted: boolean };
type FakeSession = EventEmitter & {
  agent?: voice.Agent;
  room?: FakeRoom;
  speeches: Speech[];
  isClosed: boolean;
};

type Dialled = { number: string; identity: string; room: string };

/** The world of one call. */
const summary = 'The caller has a question.';
const world = {
  sessions: [] as FakeSession[],
  rooms: new Map<string, FakeRoom>(),
  dials: [] as (Dialled & { settle: (error?: Error) => void })[],
  moves: [] as { identity: string; settle: (error?: Error) => void }[],
  events: [] as CallEvent[],
};

vi.mock('@livekit/rtc-node', async (original) => ({
  ...(await original<typeof RtcNode>()),
  Room: vi.fn(function () {
    return new FakeRoom();
  }),
}));
vi.mock('./hold.ts', () => ({
  HoldAudio: class {
    isUsable = true;
    play() {}
    silence() {}
    async close() {}
  },
}));
vi.mock('./call-events.ts', async (original) => ({
  ...(await original<object>()),
  recorder: () => (event: CallEvent) => void world.events.push(event),
}));
vi.mock('./directory/dial-budget.ts', () => ({
  DialBudget: class {
    take = () => true;
  },
}));
vi.mock('./transfer/briefing.ts', async (original) => ({
  ...(await original<object>()),
  summarise: () => Promise.resolve(summary),
}));
vi.mock('./transfer/machine-watch.ts', () => ({ watchForMachine: () => () => undefined }));
vi.mock('./models.ts', async (original) => ({
  ...(await original<typeof Models>()),
  createLlm: () => undefined,
  createSession: () => fakeSession(),
}));
// What others know of a call is on a disk, which takes its time.
vi.mock('./guardian/call-file.ts', () => ({
  callsFolder: () => '',
  callBefore: () => Promise.resolve(undefined),
  CallFile: class {
    write = () => Promise.resolve();
    remove = () => Promise.resolve();
  },
}));
vi.mock('./telephony.ts', async (original) => ({
  ...(await original<object>()),
  Telephony: class {
    createRoom = () => Promise.resolve();
    mark = () => Promise.resolve();
    join = ({ room, name }: { room: FakeRoom; name: string }) => {
      room.name = name;
      world.rooms.set(name, room);
      return Promise.resolve();
    };
    dial = (dialled: Dialled) =>
      new Promise<void>((resolve, reject) => {
        const settle = (error?: Error) => (error ? reject(error) : resolve());
        world.dials.push({ ...dialled, settle });
      });
    move = ({ identity }: { identity: string }) =>
      new Promise<void>((resolve, reject) => {
        const settle = (error?: Error) => (error ? reject(error) : resolve());
        world.moves.push({ identity, settle });
      });
    whoIsIn = () => Promise.resolve(world.dials.map(({ identity }) => identity));
    hangUp = ({ identity }: { identity: string }) => {
      // Taking a leg out cancels its dial.
      world.dials.find((dial) => dial.identity === identity)?.settle(new Error('taken back'));
      return Promise.resolve();
    };
    deleteRoom = () => Promise.resolve(1);
  },
}));

function fakeSession(): FakeSession {
  const close = (reason: string) => {
    if (session.isClosed) return;
    session.isClosed = true;
    session.speeches.forEach((speech) => cutOff(speech));
    session.emit(voice.AgentSessionEventTypes.Close, { reason });
  };
  const session: FakeSession = Object.assign(new EventEmitter(), {
    speeches: [] as Speech[],
    isClosed: false,
    chatCtx: new llm.ChatContext(),
    input: { setAudioEnabled: () => undefined, audioEnabled: true },
    start: ({ agent, room }: { agent: voice.Agent; room: FakeRoom }) =>
      Promise.resolve(void Object.assign(session, { agent, room })),
    say: (words: string) => say(session, words),
    interrupt: () => session.speeches.forEach((speech) => cutOff(speech)),
    close: () => Promise.resolve(close('user_initiated')),
    shutdown: ({ reason }: { reason: string }) => close(reason),
  });
  world.sessions.push(session);
  return session;
}

function say(session: FakeSession, words: string) {
  if (session.isClosed) throw new Error('AgentSession is not running');
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  const speech = { words, finish, interrupted: false, waitForPlayout: () => done };
  session.speeches.push(speech);
  return {
    ...speech,
    interrupt: () => cutOff(speech),
    get interrupted() {
      return speech.interrupted;
    },
  };
}

function cutOff(speech: Speech): void {
  speech.interrupted = true;
  speech.finish();
}

/** Three departments of two numbers; who is not reached in one is looked for in the next. */
const departments: ReadonlyMap<string, Destination> = new Map(
  ['billing', 'sales', 'support'].map((key, index, all) => [
    key,
    {
      key,
      spokenName: `our ${key} team`,
      when: 'the caller asks for it',
      numbers: [`+1202555012${index}`, `+1202555013${index}`],
      ringLimitS: 20,
      decisionLimitS: 120,
      hours: undefined,
      otherwise: all[index + 1],
      transfer: 'warm',
      callerId: 'business',
      headers: {},
    },
  ]),
);
const headlines: ReadonlySet<string> = new Set(
  [...departments.values()].map(({ spokenName }) =>
    words.consultation.headline(spokenName, summary),
  ),
);
const directory: Directory = { departments, dialsPerCall: 8, dialsPerHour: 1_000 };
const numbersOfDirectory = [...departments.values()].flatMap(({ numbers }) => numbers);
const strangeKeys = [
  '+12025550199',
  '+12025550120',
  'sip:somebody@127.0.0.1',
  '__proto__',
  'constructor',
  'toString',
  'Billing',
  'billing ',
  'billing; sales',
  '',
];

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Whom a session of a consultation talks to. */
function humanOf(session: FakeSession | undefined): string | undefined {
  return world.dials.find(({ room }) => room === session?.room?.name)?.identity;
}

/** Keeps count of the keys by what happened, and by nothing that the application says. By identity of the human. */
class Oracle {
  readonly #offered = new Set<string>();
  readonly #spoke = new Set<string>();
  readonly accepted = new Set<string>();

  headlineEnded(human: string): void {
    this.#offered.add(human);
    this.#spoke.delete(human);
  }
  spoke(human: string): void {
    this.#spoke.add(human);
  }
  pressedOne(human: string): void {
    if (this.#offered.has(human)) this.accepted.add(human);
  }
  modelAccepted(human: string, isTheirToken: boolean): void {
    const both = this.#offered.has(human) && this.#spoke.has(human);
    if (isTheirToken && both) this.accepted.add(human);
  }
}

/** One call with a model and people who act at random, until `turns` are used up. */
class Game {
  readonly oracle = new Oracle();
  readonly story: string[] = [];
  readonly #next: () => number;
  readonly #room = new FakeRoom();
  readonly isOver = vi.fn();

  constructor(next: () => number) {
    this.#next = next;
    world.sessions = [];
    world.rooms.clear();
    world.dials = [];
    world.moves = [];
    world.events = [];
  }

  async begin(): Promise<void> {
    this.#room.remoteParticipants.set('caller', {
      identity: 'caller',
      trackPublications: new Map(),
    });
    const ctx = {
      job: { id: 'AJ_1', room: { name: 'call-1' } },
      info: {},
      room: this.#room,
      connect: () => Promise.resolve(),
      waitForParticipant: () => Promise.resolve({ identity: 'caller', attributes: {} }),
      addShutdownCallback: () => undefined,
      shutdown: this.isOver,
    };
    const config = { livekit: {}, outboundTrunkId: 'ST_1', directory, words, dataDir: '' };
    await new Call(ctx as unknown as JobContext, config as unknown as Config, {} as VAD).answer();
  }

  /** Ends the call, and waits for it: what is left of it would hang up on the people of the next, who have the same names. */
  async end(): Promise<void> {
    if (this.isOver.mock.calls.length === 0) this.#callerLeaves();
    // By the limits of the call at the latest.
    for (let s = 0; s < 300 && this.isOver.mock.calls.length === 0; s++) {
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(this.isOver).toHaveBeenCalledOnce();
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#next() * from.length)];
  }

  /** A turn of the model or of a person. What they may do grows with the call. */
  async turn(): Promise<void> {
    const acts: readonly [weight: number, act: () => unknown][] = [
      [3, () => this.#modelTransfers()],
      [4, () => this.#modelAccepts()],
      [0.5, () => this.#modelDeclines()],
      [4, () => this.#phoneAnswers()],
      [0.5, () => this.#phoneRefuses()],
      [3, () => this.#humanSpeaks()],
      [2, () => this.#somebodyPressesAKey()],
      [4, () => this.#aiComesToAnEnd()],
      [2, () => this.#moveIsAnswered()],
      [0.5, () => this.#humanLeaves()],
      [0.4, () => this.#callerLeaves()],
      [1, () => this.#thirdPersonComesOrGoes()],
    ];
    let at = this.#next() * acts.reduce((sum, [weight]) => sum + weight, 0);
    const [, act] = acts.find(([weight]) => (at -= weight) < 0)!;
    await act();
    // Time goes on between turns, sometimes for long.
    await vi.advanceTimersByTimeAsync(this.#next() < 0.02 ? 30_000 : 5);
  }

  /** The identities of all humans so far, also of attempts that are over. */
  get #humans(): string[] {
    return world.dials.map(({ identity }) => identity);
  }

  async #call(tool: string, session: FakeSession | undefined, args: Record<string, unknown>) {
    const found = session?.agent?.toolCtx.functionTools[tool];
    if (!found) return false;
    const isTwice = this.#next() < 0.2;
    for (let time = 0; time < (isTwice ? 2 : 1); time++) {
      try {
        await found.execute(args as never, {} as never);
      } catch (error) {
        // Words for the model, or too late; any other error would be ours.
        const isEnding = world.events.some(({ type }) => type === 'callEnding');
        const isTooLate = isEnding && String(error).includes('the call is ending');
        if (!(error instanceof llm.ToolError) && !isTooLate) throw error;
      }
    }
    return true;
  }

  async #modelTransfers() {
    const destination = this.pick(this.#next() < 0.5 ? [...departments.keys()] : strangeKeys);
    this.story.push(`transfer_to_human ${JSON.stringify(destination)}`);
    const before = world.dials.length;
    await this.#call('transfer_to_human', world.sessions[0], { destination });
    await vi.advanceTimersByTimeAsync(0);
    const dialled = world.dials.slice(before);
    expect(dialled.length).toBeLessThanOrEqual(1);
    const wanted = departments.get(destination!);
    const numbers = wanted ? candidates(directory, wanted, new Date()).map((c) => c.number) : [];
    for (const { number } of dialled) expect(numbers).toContain(number);
  }

  /** A session of some consultation with the human that it is about. */
  #consultation(): { session: FakeSession; human: string; token: string } | undefined {
    const session = this.pick(world.sessions.slice(1));
    const human = humanOf(session);
    if (!session?.agent || !human) return undefined;
    const token = /offer "([^"]+)"/.exec(String(session.agent.instructions))![1]!;
    return { session, human, token };
  }

  async #modelAccepts() {
    const about = this.#consultation();
    if (!about) return;
    const tokens = world.sessions
      .slice(1)
      .flatMap(({ agent }) => /offer "([^"]+)"/.exec(String(agent?.instructions))?.[1] ?? []);
    const given =
      this.#next() < 0.6 ? about.token : this.pick([...tokens, '', '__proto__', 'yes'])!;
    this.story.push(
      `accept_transfer of ${about.human}, ${given === about.token ? 'its' : 'a wrong'} token`,
    );
    this.oracle.modelAccepted(about.human, given === about.token);
    await this.#call('accept_transfer', about.session, { offer: given });
  }

  async #modelDeclines() {
    const about = this.#consultation();
    this.story.push(`decline_transfer of ${about?.human}`);
    await this.#call('decline_transfer', about?.session, {});
  }

  #phoneAnswers() {
    const dial = world.dials.at(-1);
    this.story.push(`${dial?.identity} answers`);
    dial?.settle();
  }

  #phoneRefuses() {
    this.story.push('the dial fails');
    world.dials.at(-1)?.settle(new Error('503'));
  }

  #humanSpeaks() {
    const about = this.#consultation();
    const isFinal = this.#next() < 0.7;
    this.story.push(`${about?.human} says something, ${isFinal ? 'final' : 'not final'}`);
    if (about && isFinal) this.oracle.spoke(about.human);
    const heard = { transcript: 'Yes, connect me.', isFinal };
    about?.session.emit(voice.AgentSessionEventTypes.UserInputTranscribed, heard);
  }

  #somebodyPressesAKey() {
    const digit = this.pick(['1', '1', '1', '2', '3', '#'])!;
    const who = this.pick(['caller', 'web-client', ...this.#humans, ...this.#humans])!;
    const rooms = [this.#room, ...world.rooms.values()];
    const room = this.pick(rooms)!;
    this.story.push(`${who} presses ${digit} in ${room.name ?? 'the call room'}`);
    // A key counts in the consult room of that very human.
    const dial = world.dials.find(({ identity }) => identity === who);
    if (digit === '1' && dial && dial.room === room.name) this.oracle.pressedOne(who);
    room.emit(RoomEvent.DtmfReceived, 0, digit, { identity: who });
  }

  async #aiComesToAnEnd() {
    const session = this.pick(world.sessions);
    const speech = session?.speeches.find(({ interrupted }) => !interrupted);
    if (!session || !speech) return;
    session.speeches.splice(session.speeches.indexOf(speech), 1);
    this.story.push(`the AI has said “${speech.words.slice(0, 30)}…”`);
    const human = humanOf(session);
    if (human && headlines.has(speech.words)) this.oracle.headlineEnded(human);
    speech.finish();
  }

  #moveIsAnswered() {
    const move = world.moves.at(-1);
    if (!move) return;
    const isDone = this.#next() < 0.8;
    this.story.push(`the move of ${move.identity} ${isDone ? 'is done' : 'fails'}`);
    if (isDone)
      this.#room.emit(RoomEvent.ParticipantConnected, { identity: move.identity, attributes: {} });
    move.settle(isDone ? undefined : new Error('no answer'));
  }

  #leave(room: FakeRoom | undefined, identity: string) {
    const disconnectReason = DisconnectReason.CLIENT_INITIATED;
    room?.emit(RoomEvent.ParticipantDisconnected, { identity, disconnectReason });
  }

  #humanLeaves() {
    const dial = this.pick(world.dials);
    this.story.push(`${dial?.identity} hangs up`);
    if (!dial) return;
    this.#leave(world.rooms.get(dial.room), dial.identity);
    this.#leave(this.#room, dial.identity);
  }

  #callerLeaves() {
    this.story.push('the caller hangs up');
    this.#leave(this.#room, 'caller');
  }

  #thirdPersonComesOrGoes() {
    const room = this.pick([this.#room, ...world.rooms.values()])!;
    if (this.#next() < 0.5) {
      const identity = 'web-client';
      room.emit(RoomEvent.ParticipantConnected, { identity, attributes: {} });
    } else this.#leave(room, 'web-client');
  }
}

/** A small random number generator (mulberry32): one seed, one sequence of numbers from 0 to 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Plays calls one after the other until the turns are used up. */
async function play(seed: number, turns: number) {
  const next = random(seed);
  const seen = { calls: 0, dials: 0, merges: 0, connected: 0 };
  for (let left = turns; left > 0;) {
    const game = new Game(next);
    await game.begin();
    seen.calls++;
    // A few turns come after the end, when nothing may happen any more.
    for (let after = 0; left > 0 && after < 5; left--) {
      const before = { dials: world.dials.length, moves: world.moves.length };
      const isOver = game.isOver.mock.calls.length > 0;
      await game.turn();
      const told = `seed ${seed}:\n${game.story.join('\n')}`;
      for (const { number } of world.dials) expect(numbersOfDirectory, told).toContain(number);
      for (const { identity } of world.moves) {
        expect([...game.oracle.accepted], told).toContain(identity);
      }
      if (isOver) {
        expect({ dials: world.dials.length, moves: world.moves.length }, told).toEqual(before);
        after++;
      }
    }
    await game.end();
    seen.dials += world.dials.length;
    seen.merges += world.moves.length;
    seen.connected += world.events.filter(
      (event) => event.type === 'transferEnded' && event.outcome === 'connected',
    ).length;
  }
  return seen;
}

describe('500 turns of a model and of people that do whatever they like', () => {
  const seeds = Array.from({ length: 10 }, (_, index) => index + 1);
  const all = { calls: 0, dials: 0, merges: 0, connected: 0 };

  test.each(seeds)(
    'dial nobody who is not in the directory, and merge nobody without both keys (seed %i)',
    async (seed) => {
      const seen = await play(seed, 500);
      for (const [what, count] of Object.entries(seen)) all[what as keyof typeof all] += count;
    },
  );

  test('come far enough to mean something', () => {
    expect(all.calls).toBeGreaterThan(50);
    expect(all.dials).toBeGreaterThan(100);
    expect(all.merges).toBeGreaterThan(20);
    expect(all.connected).toBeGreaterThan(10);
  });
});
