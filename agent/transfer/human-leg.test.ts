/** The human's leg against a server that loses answers: what is reported, and that nothing of the leg stays behind. */
import { initializeLogger, log } from '@livekit/agents';
import { ServerError, SipCallError } from 'livekit-server-sdk';
import { beforeAll, describe, expect, test, vi, onTestFinished } from 'vitest';
import type { CallEvent } from '../call-events.ts';
import type { Telephony } from '../telephony.ts';
import type { Consultation } from './consultation.ts';
import { APPLICATION } from '../guardian/mark.ts';
import { limits } from '../limits.ts';
import { HumanLeg } from './human-leg.ts';
import type { TransferEvent } from './vocabulary.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

/** Answers in the order in which they are given here. */
function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

const mark = {
  app: APPLICATION,
  kind: 'consultation',
  callId: 'AJ_1',
  callRoom: 'call-1',
  human: 'human-1',
  ai: 'agent-1',
} as const;

type Verbs = Pick<Telephony, 'createRoom' | 'dial' | 'move' | 'whoIsIn' | 'hangUp' | 'deleteRoom'>;

/** A leg at a server where all is well, except for what is given. */
function leg(server: Partial<Verbs> = {}) {
  const facts: TransferEvent[] = [];
  const events: CallEvent[] = [];
  const verbs = {
    createRoom: vi.fn<Verbs['createRoom']>(() => Promise.resolve()),
    dial: vi.fn<Verbs['dial']>(() => Promise.resolve()),
    move: vi.fn<Verbs['move']>(() => Promise.resolve()),
    whoIsIn: vi.fn<Verbs['whoIsIn']>(() => Promise.resolve(['human-1'])),
    hangUp: vi.fn<Verbs['hangUp']>(() => Promise.resolve()),
    deleteRoom: vi.fn<Verbs['deleteRoom']>(() => Promise.resolve(10)),
    ...server,
  };
  const consultation = {
    open: vi.fn(() => Promise.resolve()),
    close: vi.fn(() => Promise.resolve()),
  };
  const human = new HumanLeg({
    telephony: verbs as unknown as Telephony,
    consultation: consultation as unknown as Consultation,
    trunkId: 'ST_1',
    candidate: {
      number: '+12025550124',
      destination: {
        key: 'billing',
        spokenName: 'our billing team',
        when: 'the caller asks about an invoice',
        numbers: ['+12025550123', '+12025550124'],
        ringLimitS: 20,
        decisionLimitS: 120,
        hours: undefined,
        otherwise: undefined,
        transfer: 'warm',
        callerId: 'caller',
        headers: { 'X-Department': 'billing' },
      },
    },
    fromNumber: '+12025550147',
    identity: 'human-1',
    consultRoom: 'consult-1',
    callRoom: 'call-1',
    mark,
    put: (fact) => void facts.push(fact),
    record: (event) => void events.push(event),
  });
  return { human, facts, events, consultation, ...verbs };
}

describe('dialling', () => {
  test('rings the number that is next in the consult room, under the identity that is watched for', async () => {
    const on = leg();
    on.human.dial();
    await vi.waitFor(() => expect(on.facts).toEqual([{ type: 'humanAnswered' }]));
    expect(on.createRoom).toHaveBeenCalledExactlyOnceWith('consult-1', mark);
    expect(on.dial).toHaveBeenCalledExactlyOnceWith({
      trunkId: 'ST_1',
      number: '+12025550124',
      fromNumber: '+12025550147',
      headers: { 'X-Department': 'billing' },
      room: 'consult-1',
      identity: 'human-1',
      mark,
      ringLimitS: 20,
    });
  });

  test('sees that who answered has hung up before that was known', async () => {
    const on = leg({ whoIsIn: () => Promise.resolve(['agent']) });
    on.human.dial();
    await vi.waitFor(() =>
      expect(on.facts).toEqual([{ type: 'humanAnswered' }, { type: 'humanLeft' }]),
    );
  });

  const timedOut = new ServerError('Request Timeout', 'sip request timed out', 408, 'canceled');
  const refused = (sipStatus: number) =>
    new SipCallError('Error', '', 429, 'resource_exhausted', {
      sip_status_code: String(sipStatus),
    });

  test.each<[string, Error, TransferEvent]>([
    ['nothing came back', timedOut, { type: 'dialUnanswered' }],
    ['nobody took the call', refused(480), { type: 'dialUnanswered', sipStatus: 480 }],
    ['busy', refused(486), { type: 'dialRefused', outcome: 'busy', sipStatus: 486 }],
    ['no server', new Error('fetch failed'), { type: 'dialRefused', outcome: 'trunk_failed' }],
  ])('reports what came of it: %s', async (_, error, fact) => {
    const on = leg({ dial: () => Promise.reject(error) });
    on.human.dial();
    await vi.waitFor(() => expect(on.facts).toEqual([fact]));
  });

  test('reports nothing when we took the call back, though it looks like a phone that rang out', async () => {
    const answer = deferred<void>();
    const dial = vi.fn(() => answer.promise.then(() => Promise.reject(timedOut)));
    const on = leg({ dial });
    on.human.dial();
    await vi.waitFor(() => expect(dial).toHaveBeenCalledOnce());
    const released = on.human.release();
    answer.resolve();
    await released;
    expect(on.facts).toEqual([]);
  });

  test('without a consult room rings nobody, and says that it is our doing', async () => {
    const on = leg({ createRoom: () => Promise.reject(new Error('503')) });
    on.human.dial();
    await vi.waitFor(() =>
      expect(on.facts).toEqual([{ type: 'dialRefused', outcome: 'trunk_failed' }]),
    );
    expect(on.dial).not.toHaveBeenCalled();
  });

  test('rings nobody when the human is released before the room is there', async () => {
    const room = deferred<void>();
    const on = leg({ createRoom: () => room.promise });
    on.human.dial();
    const released = on.human.release();
    room.resolve();
    await released;
    expect(on.dial).not.toHaveBeenCalled();
    expect(on.facts).toEqual([]);
  });

  test('goes on when the consultation cannot be opened, for it may open yet', async () => {
    const on = leg();
    on.consultation.open.mockRejectedValue(new Error('not connected'));
    on.human.dial();
    await vi.waitFor(() => expect(on.facts).toEqual([{ type: 'humanAnswered' }]));
  });
});

describe('merging', () => {
  const isIn = (place: 'call-1' | 'consult-1' | 'nowhere') => ({
    whoIsIn: (room: string) => Promise.resolve(room === place ? ['agent', 'human-1'] : ['agent']),
  });
  const lost = { move: () => Promise.reject(new Error('no answer in time')) };

  /** Merges until a fact is reported, as the transfer does. */
  async function merge(on: ReturnType<typeof leg>): Promise<TransferEvent[]> {
    await on.human.merge(() => on.facts.length === 0);
    return on.facts;
  }

  test('moves the human from the consult room to the call room', async () => {
    const on = leg(isIn('call-1'));
    expect(await merge(on)).toEqual([{ type: 'merged' }]);
    expect(on.move).toHaveBeenCalledExactlyOnceWith({
      identity: 'human-1',
      from: 'consult-1',
      to: 'call-1',
    });
  });

  test('a request that failed, but has moved the human, has merged them', async () => {
    expect(await merge(leg({ ...isIn('call-1'), ...lost }))).toEqual([{ type: 'merged' }]);
  });

  test.each([
    ['failed', lost],
    ['succeeded', {}],
  ])('a request that %s, but has not moved the human, has not', async (_, move) => {
    expect(await merge(leg({ ...isIn('consult-1'), ...move }))).toEqual([{ type: 'mergeFailed' }]);
  });

  test('a server that has no MoveParticipant is named in the log, with what to do', async () => {
    const error = vi.spyOn(log(), 'error').mockReturnValue(undefined);
    const told = 'twirp error unknown: not implemented';
    const refusal = new ServerError('Internal Server Error', told, 500, 'unknown');
    const on = leg({ ...isIn('consult-1'), move: () => Promise.reject(refusal) });
    expect(await merge(on)).toEqual([{ type: 'mergeFailed' }]);
    expect(error).toHaveBeenCalledExactlyOnceWith(
      { error: refusal },
      expect.stringContaining('needs LiveKit Cloud or the server in lab/server'),
    );
    error.mockRestore();
  });

  test('a human who is in neither room has left, after all looks', async () => {
    expect(await merge(leg({ ...isIn('nowhere'), ...lost }))).toEqual([{ type: 'humanLeft' }]);
  });

  test('a human who is in neither room for a moment has not left', async () => {
    let looks = 0;
    const on = leg({
      whoIsIn: (room) => Promise.resolve(room === 'call-1' && ++looks === 3 ? ['human-1'] : []),
    });
    expect(await merge(on)).toEqual([{ type: 'merged' }]);
  });

  test('what was seen does not count any more when the watch has seen more since', async () => {
    let isMerging = true;
    const on = leg({
      whoIsIn: (room) => {
        isMerging = room === 'call-1';
        return Promise.resolve(room === 'consult-1' ? ['human-1'] : []);
      },
    });
    await on.human.merge(() => isMerging);
    expect(on.facts).toEqual([]);
  });

  test('a look that fails is not the last', async () => {
    let looks = 0;
    const on = leg({
      whoIsIn: () =>
        ++looks === 1 ? Promise.reject(new Error('503')) : Promise.resolve(['human-1']),
    });
    expect(await merge(on)).toEqual([{ type: 'merged' }]);
  });

  test('nobody looks any more when the watch has seen them', async () => {
    const on = leg();
    await on.human.merge(() => false);
    expect(on.whoIsIn).not.toHaveBeenCalled();
    expect(on.facts).toEqual([]);
  });
});

describe('releasing', () => {
  test('ends the leg in both rooms, wherever the move has left it, and then the consult room', async () => {
    const on = leg();
    await on.human.release();
    expect(on.hangUp).toHaveBeenCalledWith({ room: 'consult-1', identity: 'human-1' });
    expect(on.hangUp).toHaveBeenCalledWith({ room: 'call-1', identity: 'human-1' });
    expect(on.consultation.close).toHaveBeenCalledOnce();
    expect(on.deleteRoom).toHaveBeenCalledExactlyOnceWith('consult-1');
    expect(on.events).toEqual([{ type: 'roomGone', room: 'consult', tookMs: 10 }]);
  });

  test('takes the human out again and again while the dial is on its way', async () => {
    const answer = deferred<void>();
    const [dial, hangUp] = [vi.fn(() => answer.promise), vi.fn(() => Promise.resolve())];
    const on = leg({ dial, hangUp });
    on.human.dial();
    await vi.waitFor(() => expect(dial).toHaveBeenCalledOnce());
    const released = on.human.closeConsultation();
    await vi.waitFor(() => expect(hangUp.mock.calls.length).toBeGreaterThan(2));
    expect(on.consultation.close).not.toHaveBeenCalled();
    const before = hangUp.mock.calls.length;
    answer.resolve();
    await released;
    expect(hangUp.mock.calls.length).toBeGreaterThan(before);
    expect(on.deleteRoom).toHaveBeenCalledOnce();
  });

  test('deletes the consult room only when the AI, which may have been joining it, has left', async () => {
    const on = leg();
    const left = deferred<void>();
    on.consultation.close.mockReturnValue(left.promise);
    const released = on.human.release();
    await vi.waitFor(() => expect(on.consultation.close).toHaveBeenCalledOnce());
    expect(on.deleteRoom).not.toHaveBeenCalled();
    left.resolve();
    await released;
    expect(on.deleteRoom).toHaveBeenCalledOnce();
  });

  test('deletes the consult room also when the human cannot be taken out of it', async () => {
    const on = leg({ hangUp: () => Promise.reject(new Error('the server is gone')) });
    await on.human.closeConsultation();
    expect(on.deleteRoom).toHaveBeenCalledOnce();
  });

  test('the consult room is deleted again when it is closed again, and is on record once', async () => {
    const on = leg();
    await on.human.closeConsultation();
    await on.human.closeConsultation();
    expect(on.hangUp).toHaveBeenCalledTimes(2);
    expect(on.deleteRoom).toHaveBeenCalledTimes(2);
    expect(on.events).toHaveLength(1);
  });

  test('leaves the human in the call room when only the consultation is closed', async () => {
    const on = leg();
    await on.human.closeConsultation();
    expect(on.hangUp).not.toHaveBeenCalledWith({ room: 'call-1', identity: 'human-1' });
  });
});

describe('a move whose answer is late', () => {
  const at = { stillMerging: true };

  test('keeps nobody waiting once the human was seen', async () => {
    const answer = deferred<void>();
    const on = leg({ move: () => answer.promise });
    at.stillMerging = true;
    // The clock stands still, so that the limit for the answer is never reached.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const merging = on.human.merge(() => at.stillMerging);
    at.stillMerging = false;
    await merging;
    expect(on.facts).toEqual([]);
    answer.resolve();
  });

  test('is not waited for longer than two people should hear nothing; then we look', async () => {
    vi.useFakeTimers();
    const on = leg({
      move: () => new Promise(() => undefined),
      whoIsIn: (room) => Promise.resolve(room === 'consult-1' ? ['human-1'] : []),
    });
    const merging = on.human.merge(() => on.facts.length === 0);
    await vi.advanceTimersByTimeAsync(limits.moveAnswerMs - limits.mergeLookMs);
    expect(on.facts).toEqual([]);
    await vi.advanceTimersByTimeAsync(2 * limits.mergeLookMs);
    await merging;
    expect(on.facts).toEqual([{ type: 'mergeFailed' }]);
    vi.useRealTimers();
  });

  test('is waited for by the release, which looks for the human again', async () => {
    const answer = deferred<void>();
    const hangUp = vi.fn(() => Promise.resolve());
    const on = leg({ move: () => answer.promise, hangUp });
    at.stillMerging = true;
    const merging = on.human.merge(() => at.stillMerging);
    at.stillMerging = false;
    await merging;
    const released = on.human.release();
    await vi.waitFor(() => expect(on.consultation.close).toHaveBeenCalledOnce());
    const before = hangUp.mock.calls.length;
    answer.resolve();
    await released;
    expect(hangUp.mock.calls.length).toBeGreaterThan(before);
  });

  test('is looked for again also when it is over before the consultation is closed', async () => {
    const [answer, closed] = [deferred<void>(), deferred<void>()];
    const hungUp: string[] = [];
    const hangUp = ({ room }: { room: string }) => Promise.resolve(void hungUp.push(room));
    const on = leg({ move: () => answer.promise, hangUp });
    on.consultation.close.mockReturnValue(closed.promise);
    at.stillMerging = true;
    const merging = on.human.merge(() => at.stillMerging);
    at.stillMerging = false;
    await merging;
    const released = on.human.release();
    answer.resolve();
    await new Promise(setImmediate);
    closed.resolve();
    await released;
    expect(hungUp.filter((room) => room === 'call-1')).toHaveLength(2);
  });
});
