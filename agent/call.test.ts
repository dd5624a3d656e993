/** One call from answer to end: who may end it, what then closes, and what means nothing. The transfer itself is real. */
import { EventEmitter } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JobContext, type VAD, initializeLogger, voice } from '@livekit/agents';
import { ConnectionState, DisconnectReason, RoomEvent } from '@livekit/rtc-node';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallEvent } from './call-events.ts';
import { Call } from './call.ts';
import type { Config } from './config.ts';
import type { Destination } from './directory/directory.ts';
import { machine } from './guardian/machine.ts';
import { APPLICATION, legOf } from './guardian/mark.ts';
import { writeResumption } from './guardian/resumption.ts';
import { limits } from './limits.ts';
import type * as Models from './models.ts';
import type { TransferEvent } from './transfer/vocabulary.ts';
import { words } from './words.ts';

/** What the call has built, and what was asked of it. */
const built = vi.hoisted(() => ({
  events: [] as unknown[],
  sessions: [] as unknown[],
  asked: [] as string[],
  legs: [] as unknown[],
  transferTo: undefined as unknown,
  agentOptions: undefined as unknown,
  marks: [] as unknown[],
  /** What another AI has written on the room. */
  markSeen: undefined as unknown,
  said: [] as string[],
  consultationsClosed: 0,
  /** Tunes that were published. */
  holds: 0,
  inRoom: [] as string[],
  playout: new Promise<void>(() => undefined),
  moving: Promise.resolve(),
  /** The caller. */
  comes: Promise.resolve<object>({}),
}));
vi.mock('./call-events.ts', async (original) => ({
  ...(await original<object>()),
  recorder: () => (event: unknown) => void built.events.push(event),
}));
vi.mock('./telephony.ts', async (original) => ({
  ...(await original<object>()),
  Telephony: class {
    deleteRoom = (name: string, options?: { isGoing: boolean }) => {
      built.asked.push(`${options?.isGoing ? 'await the end of' : 'delete'} ${name}`);
      return Promise.resolve(5);
    };
    whoIsIn = () => Promise.resolve(built.inRoom);
    mark = (_: string, mark: unknown) => Promise.resolve(void built.marks.push(mark));
    readMark = () => Promise.resolve(built.markSeen ?? built.marks.at(-1));
  },
}));
vi.mock('./hold.ts', () => ({
  HoldAudio: class {
    isUsable = true;
    constructor() {
      built.holds += 1;
    }
    play() {}
    silence() {}
    async close() {}
  },
}));
vi.mock('./models.ts', async (original) => ({
  ...(await original<typeof Models>()),
  createLlm: () => undefined,
  createSession: () => {
    const close = (reason: string) =>
      void session.emit(voice.AgentSessionEventTypes.Close, { reason });
    const session: EventEmitter = Object.assign(new EventEmitter(), {
      input: { setAudioEnabled: () => undefined, audioEnabled: true },
      start: () => Promise.resolve(),
      say: (words: string) => {
        built.said.push(words);
        return { waitForPlayout: () => built.playout, interrupt: () => undefined };
      },
      interrupt: () => undefined,
      close: () => Promise.resolve(close('user_initiated')),
      shutdown: ({ reason }: { reason: string }) => close(reason),
    });
    built.sessions.push(session);
    return session;
  },
}));
vi.mock('./support-agent.ts', () => ({
  createSupportAgent: (options: { transferTo: unknown }) => {
    built.agentOptions = options;
    built.transferTo = options.transferTo;
  },
}));
vi.mock('./directory/dial-budget.ts', () => ({
  DialBudget: class {
    take = () => true;
  },
}));
vi.mock('./transfer/briefing.ts', () => ({ summarise: () => Promise.resolve('') }));
vi.mock('./transfer/consultation.ts', () => ({
  Consultation: class {
    brief = () => Promise.resolve();
    fallSilent = () => undefined;
    farewell = () => Promise.resolve();
  },
}));
vi.mock('./transfer/human-leg.ts', () => ({
  HumanLeg: class {
    options: unknown;
    constructor(options: unknown) {
      this.options = options;
      built.legs.push(this);
    }
    dial = () => void built.asked.push('dial');
    merge = () => built.moving;
    release = () => Promise.resolve(void built.asked.push('release'));
    closeConsultation = () => Promise.resolve(void (built.consultationsClosed += 1));
  },
}));

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
let dataDir: string;
beforeEach(() => {
  built.events.length = built.sessions.length = built.asked.length = built.legs.length = 0;
  built.marks.length = built.said.length = built.holds = 0;
  built.markSeen = undefined;
  built.inRoom = ['caller'];
  built.moving = Promise.resolve();
  built.comes = Promise.resolve({ identity: 'caller', attributes: {} });
  dataDir = mkdtempSync(join(tmpdir(), 'call-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));
const filesOfCalls = () => readdirSync(join(dataDir, 'calls'));
const onDisk = () =>
  JSON.parse(readFileSync(join(dataDir, 'calls', 'AJ_1.json'), 'utf8')) as object;

const billing: Destination = {
  key: 'billing',
  spokenName: 'our billing team',
  when: 'the caller asks about an invoice',
  numbers: ['+12025550123'],
  ringLimitS: 20,
  decisionLimitS: 120,
  hours: undefined,
  otherwise: undefined,
  transfer: 'warm',
  callerId: 'business',
  headers: {},
};

/** A call that was answered, with everybody's doings at hand. */
async function call(metadata = '', mark = '', ...others: string[]) {
  const room = Object.assign(new EventEmitter(), {
    name: 'call-1',
    metadata: mark,
    connectionState: ConnectionState.CONN_CONNECTED,
    remoteParticipants: new Map(
      ['caller', ...others].map((identity) => [
        identity,
        { identity, attributes: {}, trackPublications: new Map() },
      ]),
    ),
    localParticipant: { identity: 'agent-AJ_1', trackPublications: new Map() },
    disconnect: () => Promise.resolve(void built.asked.push('leave')),
  });
  const shutdown = vi.fn();
  const callbacks: (() => Promise<void>)[] = [];
  const ctx = {
    job: { id: 'AJ_1', room: { name: 'call-1' }, metadata },
    info: {},
    room,
    connect: () => Promise.resolve(),
    waitForParticipant: () => built.comes,
    addShutdownCallback: (callback: () => Promise<void>) => void callbacks.push(callback),
    shutdown,
  };
  const directory = { departments: new Map(), dialsPerCall: 9, dialsPerHour: 9 };
  const config = { livekit: {}, agentName: 'support-agent', dataDir, directory, words };
  const answering = new Call(ctx as unknown as JobContext, config as unknown as Config, {} as VAD);
  await answering.answer();
  const leave = (identity: string) =>
    room.emit(RoomEvent.ParticipantDisconnected, {
      identity,
      disconnectReason: DisconnectReason.CLIENT_INITIATED,
    });
  const join = (identity: string) => {
    const joined = { identity, attributes: {}, trackPublications: new Map() };
    room.remoteParticipants.set(identity, joined);
    room.emit(RoomEvent.ParticipantConnected, joined);
  };
  const over = (reason = DisconnectReason.ROOM_DELETED) => {
    room.connectionState = ConnectionState.CONN_DISCONNECTED;
    return room.emit(RoomEvent.Disconnected, reason);
  };
  const marked = (changes: object) => {
    const mark = JSON.stringify({ app: APPLICATION, kind: 'call', ...changes });
    room.emit(RoomEvent.RoomMetadataChanged, mark);
  };
  const sessionCloses = (reason: string) =>
    (built.sessions[0] as EventEmitter).emit(voice.AgentSessionEventTypes.Close, { reason });
  const transfer = () => (built.transferTo as (to: Destination) => void)(billing);
  const happens = { leave, join, over, marked, sessionCloses, transfer };
  return { call: answering, shutdown, callbacks, ...happens };
}

type Leg = { options: { identity: string; put: (event: TransferEvent) => void } };
const leg = () => (built.legs.at(-1) as Leg).options;
/** Brings the transfer that is under way to the move of the human. */
const untilMerging = () => {
  leg().put({ type: 'humanAnswered' });
  leg().put({ type: 'offerSpoken' });
  leg().put({ type: 'humanAccepted', by: 'key' });
};
const ofType = <T extends CallEvent['type']>(type: T) =>
  (built.events as CallEvent[]).filter((event) => event.type === type);
const phase = () => (ofType('phaseChanged').at(-1) as { to: string } | undefined)?.to ?? 'dialing';
const outcomes = () => (ofType('transferEnded') as { outcome: string }[]).map((e) => e.outcome);

describe('a call without a transfer is ended', () => {
  type On = Awaited<ReturnType<typeof call>>;
  test.each<[string, (on: On) => unknown, string]>([
    ['the caller hangs up', ({ leave }) => leave('caller'), 'callerLeft'],
    ['the AI fails', ({ sessionCloses }) => sessionCloses('error'), 'aiFailed'],
    [
      'the SDK closes the session',
      ({ sessionCloses }) => sessionCloses('user_initiated'),
      'jobEnded',
    ],
    ['its room is deleted', ({ over }) => over(), 'jobEnded'],
    ['the job ends', ({ callbacks }) => callbacks.map((callback) => callback()), 'jobEnded'],
  ])('when %s: session, room and job are gone', async (what, happens, cause) => {
    const on = await call();
    happens(on);
    await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith(cause));
    const isGoing = what === 'its room is deleted';
    expect(built.asked).toEqual([isGoing ? 'await the end of call-1' : 'delete call-1']);
    expect(ofType('sessionClosed')).not.toEqual([]);
    expect(ofType('callEnded')).toEqual([{ type: 'callEnded', cause }]);
  });

  test('not when only the AI is out of its room: another one can take the call', async () => {
    const on = await call();
    on.over(DisconnectReason.PARTICIPANT_REMOVED);
    await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('jobEnded'));
    expect(built.asked).toEqual(['leave']);
    expect(ofType('callHandedOver')).toEqual([{ type: 'callHandedOver', to: 'another AI' }]);
    expect(onDisk()).toMatchObject({ isEnded: true });
  });

  test('and its room is, when the AI has opened it anew for nobody', async () => {
    const on = await call();
    built.inRoom = [];
    on.over(DisconnectReason.PARTICIPANT_REMOVED);
    await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledOnce());
    expect(built.asked).toEqual(['leave', 'delete call-1']);
  });

  test('not because somebody else leaves', async () => {
    const on = await call();
    on.join('web-client');
    on.leave('web-client');
    await new Promise(setImmediate);
    expect(on.shutdown).not.toHaveBeenCalled();
  });

  test('once, for the first cause, and the job waits until all is closed', async () => {
    const on = await call();
    on.leave('caller');
    on.over();
    await Promise.all(on.callbacks.map((callback) => callback()));
    expect(ofType('callEnded')).toEqual([{ type: 'callEnded', cause: 'callerLeft' }]);
    expect(built.asked).toEqual(['await the end of call-1']);
  });
});

describe('a transfer under way', () => {
  test.each<[string, string, string]>([
    ['the caller hangs up', 'callerLeft', 'abandoned'],
    ['the job ends', 'jobEnded', 'cancelled'],
    ['the room is deleted', 'jobEnded', 'cancelled'],
  ])('ends when %s; the human is released', async (what, cause, outcome) => {
    const on = await call();
    on.transfer();
    if (what === 'the caller hangs up') on.leave('caller');
    else if (what === 'the job ends') void on.callbacks.map((callback) => callback());
    else on.over();
    await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith(cause));
    expect(outcomes()).toEqual([outcome]);
    expect(built.asked).toContain('release');
    const isGoing = what === 'the room is deleted';
    expect(built.asked).toContain(isGoing ? 'await the end of call-1' : 'delete call-1');
  });

  test('goes on when the session of the AI closes: the human can still take the call', async () => {
    const on = await call();
    on.transfer();
    on.sessionCloses('error');
    await new Promise(setImmediate);
    expect(on.shutdown).not.toHaveBeenCalled();
    expect(phase()).toBe('dialing');
  });

  test('is the only one', async () => {
    const on = await call();
    on.transfer();
    expect(on.transfer).toThrow('A transfer is already under way.');
    expect(built.legs).toHaveLength(1);
  });

  test('that came to nothing makes room for another, with names of its own', async () => {
    const on = await call();
    on.transfer();
    const first = leg().identity;
    leg().put({ type: 'dialRefused', outcome: 'busy' });
    await vi.waitFor(() => expect(phase()).toBe('ended'));
    on.transfer();
    expect(leg().identity).not.toBe(first);
    // Whatever is heard of the first human means nothing to the second.
    on.leave(first);
    expect(phase()).toBe('ended');
    expect(ofType('transferStarted')).toHaveLength(2);
  });
});

async function merged() {
  const on = await call();
  on.transfer();
  untilMerging();
  await vi.waitFor(() => expect(phase()).toBe('merging'));
  on.join('web-client');
  expect(phase()).toBe('merging');
  on.join(leg().identity);
  expect(phase()).toBe('connected');
  return on;
}

test('the track of a hold is published when the caller is greeted, and the hold takes that one', async () => {
  const on = await call();
  expect([built.said.length, built.holds]).toEqual([1, 1]);
  on.transfer();
  expect(built.holds).toBe(1);
});

describe('a merge', () => {
  test('is seen by the human’s coming, and by nobody else’s', async () => {
    await merged();
    expect(outcomes()).toEqual(['connected']);
  });

  test.each<[string, string]>([
    ['caller', 'callerLeft'],
    ['human', 'humanLeft'],
  ])('is over when the %s hangs up, not when somebody else leaves', async (who, cause) => {
    const on = await merged();
    on.leave('web-client');
    await new Promise(setImmediate);
    expect(on.shutdown).not.toHaveBeenCalled();
    on.leave(who === 'human' ? leg().identity : who);
    await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith(cause));
    expect(built.asked).toContain('delete call-1');
  });
});

test('two who were connected, and hang up before the move is answered, have closed the session like any two', async () => {
  let answer!: () => void;
  built.moving = new Promise<void>((resolve) => (answer = resolve));
  const on = await call();
  on.transfer();
  untilMerging();
  await vi.waitFor(() => expect(phase()).toBe('merging'));
  on.join(leg().identity);
  on.leave(leg().identity);
  on.leave('caller');
  await vi.waitFor(() => expect(ofType('sessionClosed')).toHaveLength(1));
  answer();
  await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalled());
  expect(outcomes()).toEqual(['connected']);
  expect(ofType('sessionClosed')).toMatchObject([{ reason: 'transfer_completed' }]);
});

test('a human who is back in the consult room, because their move was lost, goes with the call', async () => {
  const on = await merged();
  const before = built.consultationsClosed;
  on.leave('caller');
  await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalled());
  expect(built.consultationsClosed).toBe(before + 1);
});

describe('two who talk are left to the guardian', () => {
  test.each<[string, (on: Awaited<ReturnType<typeof call>>) => unknown]>([
    ['the job ends', ({ callbacks }) => callbacks.map((callback) => callback())],
    ['the AI is thrown out', ({ over }) => over(DisconnectReason.PARTICIPANT_REMOVED)],
    ['the drain is over', ({ call: { relief } }) => relief.windUp()],
  ])('when %s', async (_, happens) => {
    const on = await merged();
    happens(on);
    await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('jobEnded'));
    expect(built.asked).toContain('leave');
    expect(built.asked).not.toContain('delete call-1');
    expect(ofType('callHandedOver')).toEqual([{ type: 'callHandedOver', to: 'guardian' }]);
    expect(onDisk()).toMatchObject({ isEnded: true });
  });

  test('not when their room is deleted', async () => {
    const on = await merged();
    on.over();
    await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('jobEnded'));
    expect(built.asked).toContain('await the end of call-1');
    expect(ofType('callHandedOver')).toEqual([]);
  });
});

describe('what others know of a call', () => {
  test('is on its room and on the disk from its beginning, and not on the disk after its end', async () => {
    const on = await call();
    expect(filesOfCalls()).toEqual(['AJ_1.json']);
    expect(built.marks.at(-1)).toMatchObject({
      app: APPLICATION,
      callId: 'AJ_1',
      phase: 'talking',
      caller: legOf('AJ_1', 'caller'),
      ai: 'agent-AJ_1',
      agentName: 'support-agent',
    });
    on.leave('caller');
    await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalled());
    expect(filesOfCalls()).toEqual([]);
  });

  test('says on the disk which transfer is under way, until that has its outcome', async () => {
    const on = await call();
    on.transfer();
    await vi.waitFor(() => expect(onDisk()).toMatchObject({ attempt: 'AJ_1-1' }));
    leg().put({ type: 'dialRefused', outcome: 'busy' });
    expect(outcomes()).toEqual(['busy']);
    await vi.waitFor(() => expect(onDisk()).not.toHaveProperty('attempt'));
  });

  test('goes with the phases of a transfer, and names the human', async () => {
    await merged();
    const newest = () => built.marks.at(-1) as { phase: string; human: string };
    await vi.waitFor(() => expect(newest().phase).toBe('connected'));
    expect(newest().human).toBe(leg().identity);
  });
});

describe('a call that is over before its AI is there is ended, and its room with it,', () => {
  const isOver = async (answered: ReturnType<typeof call>) => {
    const on = await answered;
    expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('notNeeded');
    expect(built.asked).toEqual(['delete call-1']);
    expect(built.said).toEqual([]);
  };

  test('when the caller is not there in time', async () => {
    vi.useFakeTimers();
    built.comes = new Promise(() => undefined);
    const answered = call();
    await vi.advanceTimersByTimeAsync(limits.callerMs);
    vi.useRealTimers();
    await isOver(answered);
  });

  test('when its room is closed meanwhile', async () => {
    built.comes = Promise.reject(new Error('Room disconnected while waiting for participant'));
    await isOver(call());
  });
});

test('a call that another job has answered is left to it, and to the guardian', async () => {
  const on = await call('', JSON.stringify({ app: APPLICATION, kind: 'call', callId: 'AJ_0' }));
  expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('notNeeded');
  expect(built.asked).toEqual(['leave']);
  expect(built.said).toEqual([]);
  expect(built.marks).toEqual([]);
  expect(filesOfCalls()).toEqual([]);
});

test('to a caller whom another AI knows, by the disk, it says nothing', async () => {
  mkdirSync(join(dataDir, 'calls'));
  const of = { callId: 'AJ_0', room: 'call-1', machine, pid: process.pid, parentPid: 1 };
  const said = [{ role: 'user', text: 'My invoice.' }];
  writeFileSync(join(dataDir, 'calls', 'AJ_0.json'), JSON.stringify({ ...of, said }));
  const on = await call('', JSON.stringify({ app: APPLICATION, kind: 'call' }));
  await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('notNeeded'));
  expect(built.said).toEqual([]);
  expect(built.asked).toEqual(['leave']);
  expect(built.marks.at(-1)).toMatchObject({ callId: 'AJ_0', phase: 'talking' });
});

describe('two who talk, in a room that says that nobody has answered,', () => {
  const unanswered = JSON.stringify({ app: APPLICATION, kind: 'call' });
  const theirs = { callId: 'AJ_0', phase: 'connected', caller: legOf('AJ_0', 'caller') };

  test('are not spoken to, and the room says again that they talk', async () => {
    const on = await call('', unanswered, 'human-AJ_0-1');
    await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('notNeeded'));
    expect(built.asked).toEqual(['leave']);
    expect(built.said).toEqual([]);
    expect(built.marks).toEqual([expect.objectContaining(theirs)]);
  });

  test('are left as soon as the second is back', async () => {
    const on = await call('', unanswered);
    on.join('human-AJ_0-1');
    await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('notNeeded'));
    expect(built.asked).toEqual(['leave']);
    expect(built.marks.at(-1)).toMatchObject(theirs);
  });
});

test('a call that another AI has taken over while we were away is left to it, and what belongs to it is ended', async () => {
  const on = await call();
  await new Promise(setImmediate);
  on.transfer();
  leg().put({ type: 'humanAnswered' });
  on.marked({ callId: 'AJ_1', rescuer: 'guardian-1' });
  expect(on.shutdown).not.toHaveBeenCalled();
  on.marked({ callId: 'AJ_2' });
  await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('notNeeded'));
  expect(built.asked.toSorted()).toEqual(['dial', 'leave', 'release']);
});

test('an AI that fails when another has its call leaves that call alone', async () => {
  const on = await call();
  built.markSeen = { app: APPLICATION, kind: 'call', callId: 'AJ_2' };
  on.sessionCloses('error');
  await vi.waitFor(() => expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('aiFailed'));
  expect(built.asked).toEqual(['leave']);
});

test('an AI that we have sent for ourselves is waited for', async () => {
  const on = await call();
  await new Promise(setImmediate);
  void on.call.relief.workerLost();
  on.marked({ callId: 'AJ_2' });
  expect(ofType('callEnding')).toEqual([]);
});

test('a call that nobody has answered is answered', async () => {
  const on = await call('', JSON.stringify({ app: APPLICATION, kind: 'call' }));
  expect(built.said).toEqual([words.agent.greeting]);
  expect(on.shutdown).not.toHaveBeenCalled();
});

describe('an AI that is sent to a caller who had lost theirs', () => {
  const resumption = { callId: 'AJ_0', caller: legOf('AJ_0', 'caller'), losses: 1, goodbye: false };
  /** Above the highest that there is. */
  const noPid = 2 ** 22 + 1;
  const sent = (changes = {}) => call(writeResumption({ ...resumption, ...changes }));

  test('goes on, and takes what was said over from the disk', async () => {
    mkdirSync(join(dataDir, 'calls'));
    const file = join(dataDir, 'calls', 'AJ_0.json');
    const whose = {
      callId: 'AJ_0',
      room: 'call-1',
      machine,
      pid: noPid,
      parentPid: noPid,
    };
    writeFileSync(
      file,
      JSON.stringify({ ...whose, said: [{ role: 'user', text: 'My invoice.' }] }),
    );
    const on = await sent();
    expect(built.said).toEqual([words.guardian.backAgain]);
    expect(built.agentOptions).toMatchObject({ said: [{ role: 'user', text: 'My invoice.' }] });
    expect(existsSync(file)).toBe(false);
    expect(built.marks.at(-1)).toMatchObject({ callId: 'AJ_1', losses: 1 });
    expect(built.events.slice(0, 2)).toEqual([
      { type: 'callResumed', of: 'AJ_0', losses: 1 },
      { type: 'callAnswered' },
    ]);
    expect(on.shutdown).not.toHaveBeenCalled();
  });

  test('stays although the human of that call is not gone yet', async () => {
    const on = await call(writeResumption(resumption), '', 'human-AJ_0-1');
    expect(built.said).toEqual([words.guardian.backAgain]);
    expect(on.shutdown).not.toHaveBeenCalled();
  });

  test('leaves at once, and says nothing, when another has the call', async () => {
    built.markSeen = { kind: 'call', ai: 'agent-AJ_2' };
    const on = await sent();
    expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('notNeeded');
    expect(built.asked).toEqual(['leave']);
    expect(built.said).toEqual([]);
  });

  test('leaves at once when one who was sent like it has the call', async () => {
    const mark = JSON.stringify({ app: APPLICATION, kind: 'call', callId: 'AJ_2' });
    const on = await call(writeResumption(resumption), mark);
    expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('notNeeded');
    expect(built.asked).toEqual(['leave']);
    expect(built.marks).toEqual([]);
  });

  test('takes over from a process of another machine too', async () => {
    mkdirSync(join(dataDir, 'calls'));
    const file = join(dataDir, 'calls', 'AJ_0.json');
    const whose = { callId: 'AJ_0', room: 'call-1', pid: process.pid, parentPid: process.ppid };
    writeFileSync(file, JSON.stringify({ ...whose, machine: 'another', said: [] }));
    await sent();
    expect(existsSync(file)).toBe(false);
  });

  test('ends the call when the caller is gone', async () => {
    const on = await sent({ caller: legOf('AJ_0', 'somebody else') });
    expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('notNeeded');
    expect(built.asked).toEqual(['delete call-1']);
  });

  test('excuses us and ends the call when it was sent for that', async () => {
    built.playout = Promise.resolve();
    const on = await sent({ goodbye: true });
    expect(built.said).toEqual([words.agent.mustEnd]);
    expect(on.shutdown).toHaveBeenCalledExactlyOnceWith('aiFailed');
    expect(built.asked).toEqual(['delete call-1']);
  });
});
