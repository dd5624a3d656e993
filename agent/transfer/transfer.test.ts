/** The loop around the table: one fact at a time, effects in order, a limit in each phase, and always an end. */
import { initializeLogger } from '@livekit/agents';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallEvent } from '../call-events.ts';
import type { CallerSide } from '../caller-side.ts';
import type { OutcomeKind } from '../outcome.ts';
import { limits } from '../limits.ts';
import type { Consultation } from './consultation.ts';
import type { HumanLeg } from './human-leg.ts';
import { Transfer } from './transfer.ts';
import type { Phase, TransferEvent } from './vocabulary.ts';
import { words } from '../words.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Not the usual one, so that it is seen to be the destination's own. */
const decisionMs = 37_000;

type Verb =
  | 'dial'
  | 'brief'
  | 'fallSilent'
  | 'farewell'
  | 'merge'
  | 'release'
  | 'closeConsultation'
  | 'clearLine'
  | 'note'
  | 'handOver'
  | 'leave';

const hangs = () => new Promise<void>(() => undefined);
const fails = () => Promise.reject(new Error('no answer from the server'));

/** A transfer whose collaborators write down what is asked of them, and do at once what `on` says; else nothing. */
function stage(
  on: Partial<Record<Verb, (...args: never[]) => Promise<void> | void>> = {},
  isCold = false,
) {
  const asked: string[] = [];
  const events: CallEvent[] = [];
  const listeners: ((event: CallEvent) => void)[] = [];
  const verb =
    (name: Verb) =>
    (...args: unknown[]): Promise<void> => {
      asked.push(name);
      return Promise.resolve(on[name]?.(...(args as never[])));
    };
  const caller = {
    clearLine: () => void verb('clearLine')(),
    note: verb('note'),
    leave: verb('leave'),
  } satisfies Partial<CallerSide>;
  const human = {
    dial: () => void verb('dial')(),
    merge: verb('merge'),
    release: verb('release'),
    closeConsultation: verb('closeConsultation'),
  } satisfies Partial<HumanLeg>;
  const consultation = {
    brief: verb('brief'),
    fallSilent: () => void verb('fallSilent')(),
    farewell: verb('farewell'),
  } satisfies Partial<Consultation>;
  const transfer = new Transfer({
    attempt: 'call-1',
    destination: {
      key: 'billing',
      spokenName: 'our billing team',
      decisionLimitS: decisionMs / 1000,
    },
    words,
    // The transfer uses only the verbs above; each is checked against the class it comes from.
    caller: caller as unknown as CallerSide,
    human: human as unknown as HumanLeg,
    consultation: isCold ? undefined : (consultation as unknown as Consultation),
    handOver: verb('handOver'),
    endCall: (cause) => void asked.push(`endCall ${cause}`),
    record: (event) => {
      events.push(event);
      for (const listener of listeners) listener(event);
    },
  });
  return { transfer, asked, events, listeners };
}

type Stage = ReturnType<typeof stage>;
const put = ({ transfer }: Stage, ...events: TransferEvent[]) =>
  events.forEach((event) => transfer.put(event));
const settle = () => vi.advanceTimersByTimeAsync(0);

const phasesOf = ({ events }: Stage) =>
  events.flatMap((event) => (event.type === 'phaseChanged' ? [event.to] : []));
const phaseOf = (on: Stage, first: Phase = 'dialing') => phasesOf(on).at(-1) ?? first;
const outcomesOf = ({ events }: Stage) => events.filter((event) => event.type === 'transferEnded');

const ringing: TransferEvent = { type: 'humanRinging' };
const answered: TransferEvent = { type: 'humanAnswered' };
const offered: TransferEvent = { type: 'offerSpoken' };
const acceptedBy = (by: 'voice' | 'key'): TransferEvent => ({ type: 'humanAccepted', by });
const declined: TransferEvent = { type: 'humanDeclined', by: 'key' };
const callerLeft: TransferEvent = { type: 'callerLeft' };
const humanLeft: TransferEvent = { type: 'humanLeft' };
const merged: TransferEvent = { type: 'merged' };

/** The facts that lead to each phase from the start. */
const wayTo: Record<Exclude<Phase, 'ended'>, TransferEvent[]> = {
  referring: [],
  dialing: [],
  ringing: [ringing],
  briefing: [ringing, answered],
  offered: [ringing, answered, offered],
  accepted: [ringing, answered, offered, acceptedBy('key')],
  merging: [ringing, answered, offered, acceptedBy('key'), { type: 'lineCleared' }],
  connected: [ringing, answered, offered, acceptedBy('key'), { type: 'lineCleared' }, merged],
  returning: [{ type: 'dialRefused', outcome: 'busy', sipStatus: 486 }],
};
type LivePhase = keyof typeof wayTo;
const livePhases = Object.keys(wayTo) as LivePhase[];

/** A transfer that was brought to a phase within one tick, before any effect could report back. */
function stageIn(phase: LivePhase, on: Parameters<typeof stage>[0] = {}): Stage {
  const made = stage(on, phase === 'referring');
  made.transfer.start();
  put(made, ...wayTo[phase]);
  expect(phaseOf(made, phase === 'referring' ? phase : 'dialing')).toBe(phase);
  return made;
}

describe('facts', () => {
  test('starting dials the human and says for whom, not which number', () => {
    const on = stageIn('dialing');
    expect(on.asked).toEqual(['dial']);
    expect(on.events).toEqual([
      { type: 'transferStarted', attempt: 'call-1', destination: 'billing' },
    ]);
  });

  test('that come in one tick from several callbacks are decided one after the other', () => {
    const on = stageIn('dialing');
    put(on, ringing, answered, offered, acceptedBy('key'));
    expect(phasesOf(on)).toEqual(['ringing', 'briefing', 'offered', 'accepted']);
  });

  test('that are put while another is being decided wait until that is done', async () => {
    const on = stage({ farewell: () => undefined });
    on.listeners.push((event) => {
      if (event.type === 'phaseChanged' && event.to === 'briefing') on.transfer.put(callerLeft);
    });
    on.transfer.start();
    put(on, ringing, answered);
    await settle();
    expect(phasesOf(on)).toEqual(['ringing', 'briefing', 'ended']);
    // The briefing's own effects come first, although the caller left while they were being ordered.
    expect(on.asked).toEqual(['dial', 'brief', 'farewell', 'release', 'endCall callerLeft']);
  });

  test('that are put from inside an effect are decided after it', async () => {
    const on = stageIn('dialing', { brief: () => on.transfer.put(offered) });
    put(on, ringing, answered);
    await settle();
    expect(phaseOf(on)).toBe('offered');
  });

  test('are still taken when one could not be recorded', () => {
    const on = stage();
    on.listeners.push((event) => {
      if (event.type === 'phaseChanged' && event.to === 'ringing') throw new Error('disk is full');
    });
    on.transfer.start();
    expect(() => put(on, ringing)).toThrow('disk is full');
    put(on, answered);
    expect(phaseOf(on)).toBe('briefing');
  });

  test('that cannot be are recorded, and change nothing', async () => {
    const on = stageIn('ringing');
    put(on, merged);
    await settle();
    expect(on.events.at(-1)).toEqual({
      type: 'unexpectedEvent',
      attempt: 'call-1',
      phase: 'ringing',
      event: 'merged',
    });
    expect(phaseOf(on)).toBe('ringing');
    expect(on.asked).toEqual(['dial']);
  });

  test('that come too late are ignored without a word', () => {
    const on = stageIn('offered');
    const before = on.events.length;
    put(on, ringing, offered);
    expect(on.events).toHaveLength(before);
  });

  test('every step is recorded with what led to it', () => {
    const on = stageIn('ringing');
    expect(on.events.at(-1)).toEqual({
      type: 'phaseChanged',
      attempt: 'call-1',
      from: 'dialing',
      to: 'ringing',
      on: 'humanRinging',
    });
  });
});

describe('outcome', () => {
  test.each<[string, LivePhase, TransferEvent, object]>([
    [
      'busy',
      'ringing',
      { type: 'dialRefused', outcome: 'busy', sipStatus: 486 },
      { outcome: 'busy', blame: 'human', sipStatus: 486 },
    ],
    ['no answer', 'ringing', { type: 'dialUnanswered' }, { outcome: 'no_answer', blame: 'human' }],
    [
      'no answer, says the other side',
      'ringing',
      { type: 'dialUnanswered', sipStatus: 480 },
      { outcome: 'no_answer', blame: 'human', sipStatus: 480 },
    ],
    [
      'never rang',
      'dialing',
      { type: 'dialUnanswered' },
      { outcome: 'unreachable', blame: 'carrier' },
    ],
    ['declined', 'offered', declined, { outcome: 'declined', blame: 'human', by: 'key' }],
    ['human left', 'briefing', humanLeft, { outcome: 'human_left', blame: 'human' }],
    ['declined after all', 'accepted', declined, { outcome: 'declined', blame: 'human' }],
    ['human left before the merge', 'accepted', humanLeft, { outcome: 'human_left' }],
    ['referral unanswered', 'referring', { type: 'dialUnanswered' }, { outcome: 'no_answer' }],
    ['abandoned', 'offered', callerLeft, { outcome: 'abandoned', blame: 'caller' }],
    ['not merged', 'merging', { type: 'mergeFailed' }, { outcome: 'merge_failed', blame: 'us' }],
    ['connected', 'merging', merged, { outcome: 'connected', blame: 'nobody' }],
  ])('%s is recorded once, with its blame', (_, phase, event, expected) => {
    const on = stageIn(phase);
    put(on, event, callerLeft, { type: 'jobEnding' });
    expect(outcomesOf(on)).toEqual([expect.objectContaining({ attempt: 'call-1', ...expected })]);
  });

  test.each(['voice', 'key'] as const)('a connection says that it was accepted by %s', (by) => {
    const on = stageIn('offered');
    put(on, acceptedBy(by), { type: 'lineCleared' }, merged);
    expect(outcomesOf(on)).toEqual([expect.objectContaining({ outcome: 'connected', by })]);
  });

  test('a key pressed before the offer was heard accepts nothing', () => {
    const on = stageIn('briefing');
    put(on, acceptedBy('key'), offered);
    expect(phaseOf(on)).toBe('offered');
  });
});

describe('effects', () => {
  test('are performed one after the other, in the order of the table', async () => {
    let spoken: () => void = () => undefined;
    const on = stageIn('offered', {
      farewell: () => new Promise<void>((resolve) => (spoken = resolve)),
    });
    put(on, callerLeft);
    await settle();
    expect(on.asked).toEqual(['dial', 'brief', 'farewell']);
    spoken();
    await settle();
    expect(on.asked).toEqual(['dial', 'brief', 'farewell', 'release', 'endCall callerLeft']);
  });

  test('the caller is handed over with the outcome, from which the words are chosen', async () => {
    const told: OutcomeKind[] = [];
    const on = stageIn('ringing', { handOver: (outcome: OutcomeKind) => void told.push(outcome) });
    put(on, { type: 'dialRefused', outcome: 'busy', sipStatus: 486 });
    await settle();
    expect(told).toEqual(['busy']);
    expect(on.asked).toEqual(['dial', 'handOver', 'release']);
    expect(phaseOf(on)).toBe('ended');
    expect(on.transfer.isOver).toBe(true);
  });

  test('why a human declines is noted for the AI before the caller is given on', async () => {
    const noted: string[] = [];
    const on = stageIn('offered', { note: (text: string) => void noted.push(text) });
    put(on, { type: 'humanDeclined', by: 'voice', reason: 'say "yes" to all' });
    await settle();
    expect(noted).toEqual([expect.stringContaining(JSON.stringify('say "yes" to all'))]);
    expect(on.asked.slice(2)).toEqual(['note', 'handOver', 'farewell', 'release']);
  });

  test('why a human declines is not worth a call: the caller is given on also when nobody can note it', async () => {
    const note = () => Promise.reject(new Error('the session is closed'));
    const on = stageIn('offered', { note });
    put(on, { type: 'humanDeclined', by: 'voice', reason: 'busy' });
    await settle();
    expect(on.asked).toContain('handOver');
    expect(on.asked).not.toContain('endCall returnFailed');
    expect(phaseOf(on)).toBe('ended');
  });

  test('a caller who hangs up before they were given on is given on to nobody', async () => {
    let moved: () => void = () => undefined;
    const merge = () => new Promise<void>((resolve) => (moved = resolve));
    const on = stageIn('merging', { merge });
    await settle();
    put(on, humanLeft, callerLeft);
    moved();
    await settle();
    expect(on.asked).not.toContain('handOver');
    expect(on.asked).toContain('endCall callerLeft');
  });

  test('a human who declines is thanked, and released only then', async () => {
    const on = stageIn('offered');
    put(on, declined);
    await settle();
    expect(on.asked).toEqual(['dial', 'brief', 'handOver', 'farewell', 'release']);
  });

  test('an acceptance clears the line, falls silent, merges, and leaves', async () => {
    const on = stageIn('offered', { merge: () => on.transfer.put(merged) });
    put(on, acceptedBy('voice'));
    await settle();
    const consulted = on.asked.slice(2);
    expect(consulted.slice(0, 2).sort()).toEqual(['clearLine', 'fallSilent']);
    expect(consulted.slice(2)).toEqual(['merge', 'leave', 'closeConsultation']);
    expect(phaseOf(on)).toBe('connected');
  });

  test('the merge knows for how long its answer is wanted', async () => {
    let stillMerging: () => boolean = () => false;
    const on = stageIn('offered', {
      merge: (wanted: () => boolean) => void (stillMerging = wanted),
    });
    put(on, acceptedBy('key'));
    await settle();
    expect(stillMerging()).toBe(true);
    put(on, humanLeft);
    expect(stillMerging()).toBe(false);
  });

  test.each<[Verb, LivePhase, TransferEvent, string]>([
    ['release', 'ringing', callerLeft, 'endCall callerLeft'],
    ['handOver', 'offered', humanLeft, 'release'],
    ['farewell', 'offered', declined, 'release'],
    ['farewell', 'offered', callerLeft, 'release'],
    ['release', 'accepted', callerLeft, 'endCall callerLeft'],
    ['leave', 'connected', humanLeft, 'endCall humanLeft'],
    ['closeConsultation', 'connected', callerLeft, 'endCall callerLeft'],
  ])('one that fails (%s while %s) stops none after it', async (verb, phase, event, last) => {
    const on = stageIn(phase, { [verb]: fails });
    put(on, event);
    await settle();
    expect(on.asked).toContain(verb);
    expect(on.asked).toContain(last);
  });

  test('a caller whose way back to the AI hangs is hung up on at its limit', async () => {
    const on = stageIn('ringing', { handOver: hangs });
    put(on, { type: 'dialUnanswered' });
    await vi.advanceTimersByTimeAsync(limits.returnMs);
    expect(on.asked).toContain('endCall returnFailed');
  });

  test.each<[Verb, LivePhase, TransferEvent, string]>([
    ['farewell', 'offered', callerLeft, 'endCall callerLeft'],
    ['release', 'offered', callerLeft, 'endCall callerLeft'],
    ['merge', 'merging', callerLeft, 'endCall callerLeft'],
    // The limit of the way back is over by then.
    ['merge', 'merging', humanLeft, 'endCall returnFailed'],
  ])('one that hangs (%s while %s) stops none after it', async (verb, phase, event, last) => {
    const on = stageIn(phase, { [verb]: hangs });
    put(on, event);
    await vi.advanceTimersByTimeAsync(limits.closerMs);
    expect(on.asked).toContain(last);
  });

  test('a caller who cannot be given back to the AI is hung up on, not left in silence', async () => {
    const on = stageIn('ringing', { handOver: fails });
    put(on, { type: 'dialUnanswered' });
    await settle();
    expect(phaseOf(on)).toBe('ended');
    expect(on.asked).toEqual(['dial', 'handOver', 'release', 'endCall returnFailed']);
  });

  test('a briefing that fails gives the caller back to the AI', async () => {
    const on = stageIn('ringing', { brief: fails });
    put(on, answered);
    await settle();
    expect(on.asked).toEqual(['dial', 'brief', 'handOver', 'release']);
    expect(outcomesOf(on)).toMatchObject([{ outcome: 'merge_failed', blame: 'us' }]);
  });

  test.each<[LivePhase, TransferEvent]>([
    ['briefing', humanLeft],
    ['briefing', callerLeft],
    ['offered', declined],
  ])(
    'a briefing that fails after %s changed to something else changes nothing',
    async (phase, event) => {
      let fail: () => void = () => undefined;
      const brief = () =>
        new Promise<void>((_, reject) => (fail = () => reject(new Error('closed'))));
      const on = stageIn(phase, { brief, handOver: hangs });
      await settle();
      put(on, event);
      await settle();
      const [before, asked] = [on.events.length, on.asked.length];
      fail();
      await settle();
      expect(on.events).toHaveLength(before);
      expect(on.asked).toHaveLength(asked);
    },
  );

  test('a decision does not wait until the AI has finished speaking', async () => {
    const on = stageIn('briefing', { brief: hangs });
    put(on, declined);
    await settle();
    expect(on.asked).toContain('release');
  });

  test('a hang-up does not wait until the AI has left the call', async () => {
    const on = stageIn('connected', { leave: hangs, closeConsultation: hangs });
    put(on, humanLeft);
    await settle();
    expect(on.asked.at(-1)).toBe('endCall humanLeft');
  });

  test('nor until a human is out whose move livekit-server does not answer', async () => {
    const on = stageIn('merging', { release: hangs });
    // Both hang up in the same moment.
    put(on, humanLeft, callerLeft);
    await settle();
    expect(on.asked.slice(-2)).toEqual(['release', 'endCall callerLeft']);
  });

  test('nor until one is out to whom the last words were said', async () => {
    const on = stageIn('offered', { release: hangs });
    put(on, callerLeft);
    await settle();
    expect(on.asked.slice(-2)).toEqual(['release', 'endCall callerLeft']);
  });
});

describe('limits', () => {
  test.each<[LivePhase, number, string]>([
    ['referring', limits.dialMs, 'expired'],
    ['dialing', limits.dialMs, 'expired'],
    ['ringing', limits.dialMs, 'expired'],
    ['briefing', decisionMs, 'expired'],
    ['offered', decisionMs, 'expired'],
    ['accepted', limits.clearLineMs, 'merge_failed'],
    ['merging', limits.mergeMs, 'merge_failed'],
  ])('%s lasts for %i ms and not longer; then: %s', async (phase, limitMs, outcome) => {
    // In one tick, so that no effect has reported anything and the limit alone can lead on.
    const on = stageIn(phase);
    vi.advanceTimersByTime(limitMs - 1);
    expect(phaseOf(on, phase)).toBe(phase);
    vi.advanceTimersByTime(1);
    expect(phaseOf(on)).toBe('returning');
    expect(outcomesOf(on)).toMatchObject([{ outcome }]);
    await settle();
    expect(on.asked).toContain('handOver');
    expect(on.asked).toContain('release');
  });

  test('a caller on the way back to the AI is not left there: they are hung up on', async () => {
    const on = stageIn('returning');
    vi.advanceTimersByTime(limits.returnMs - 1);
    expect(phaseOf(on)).toBe('returning');
    vi.advanceTimersByTime(1);
    await settle();
    expect(phaseOf(on)).toBe('ended');
    expect(on.asked).toContain('endCall returnFailed');
  });

  test('a provider that took the caller over leaves nothing to do but to go', async () => {
    const on = stageIn('referring');
    put(on, { type: 'referred' });
    await settle();
    expect(phaseOf(on)).toBe('connected');
    expect(outcomesOf(on)).toMatchObject([{ outcome: 'connected', blame: 'nobody' }]);
    expect(on.asked).toEqual(['dial', 'leave', 'closeConsultation']);
  });

  test('two people may talk for as long as they like', async () => {
    const on = stageIn('connected');
    await vi.advanceTimersByTimeAsync(7 * 24 * 3_600_000);
    expect(phaseOf(on)).toBe('connected');
  });

  test('each phase has its whole limit, whatever the one before has used', () => {
    const on = stageIn('ringing');
    vi.advanceTimersByTime(limits.dialMs - 1);
    put(on, answered);
    vi.advanceTimersByTime(decisionMs - 1);
    expect(phaseOf(on)).toBe('briefing');
    put(on, offered);
    vi.advanceTimersByTime(decisionMs - 1);
    expect(phaseOf(on)).toBe('offered');
  });

  test('an attempt that is over leaves no timer behind', async () => {
    const on = stageIn('offered');
    put(on, humanLeft);
    await settle();
    expect(phaseOf(on)).toBe('ended');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('close', () => {
  test.each(livePhases.filter((phase) => phase !== 'connected' && phase !== 'returning'))(
    'settles an attempt that is %s as cancelled, and releases the human',
    async (phase) => {
      const on = stageIn(phase);
      await on.transfer.close();
      expect(phaseOf(on)).toBe('ended');
      expect(outcomesOf(on)).toMatchObject([{ outcome: 'cancelled', blame: 'us' }]);
      expect(on.asked).toContain('release');
      expect(on.asked).toContain('endCall jobEnded');
    },
  );

  test.each([
    ['connected', 'connected'],
    ['returning', 'busy'],
  ] as const)('does not rewrite how an attempt that is %s came out', async (phase, outcome) => {
    const on = stageIn(phase);
    await on.transfer.close();
    expect(phaseOf(on)).toBe('ended');
    expect(outcomesOf(on)).toMatchObject([{ outcome }]);
  });

  test.each<[Verb, LivePhase]>([
    ['release', 'ringing'],
    ['leave', 'connected'],
    ['closeConsultation', 'connected'],
  ])('waits for %s while %s', async (verb, phase) => {
    let finish: () => void = () => undefined;
    const isClosed = vi.fn();
    const on = stageIn(phase, {
      [verb]: () => new Promise<void>((resolve) => (finish = resolve)),
    });
    void on.transfer.close().then(isClosed);
    await settle();
    expect(on.asked).toContain(verb);
    expect(isClosed).not.toHaveBeenCalled();
    finish();
    await settle();
    expect(isClosed).toHaveBeenCalledOnce();
  });

  test('of an attempt that is over does nothing', async () => {
    const on = stageIn('ringing');
    put(on, callerLeft);
    await settle();
    const before = { asked: [...on.asked], events: [...on.events] };
    await on.transfer.close();
    await on.transfer.close();
    expect({ asked: on.asked, events: on.events }).toEqual(before);
  });
});

const { farewells } = words.consultation;
test.each<[string, TransferEvent, string]>([
  ['declines', declined, farewells.thankHuman],
  ['says nothing', { type: 'humanSilent' }, farewells.partFromHuman],
  ['is given up by the caller', callerLeft, farewells.excuseCaller],
])('a human who %s hears last words about that', async (_, event, wanted) => {
  const heard: string[] = [];
  const on = stageIn('offered', { farewell: (text: string) => void heard.push(text) });
  put(on, event);
  await settle();
  expect(heard).toEqual([wanted]);
});

describe('words on hold', () => {
  test.each<[LivePhase, ((spokenName: string) => string) | undefined]>([
    ['referring', words.coldTransfer.referring],
    ['dialing', words.hold.dialing],
    ['ringing', words.hold.ringing],
    ['briefing', words.hold.briefing],
    ['offered', words.hold.offered],
    ['accepted', undefined],
    ['merging', undefined],
    ['connected', undefined],
    ['returning', undefined],
  ])('while %s are those of the phase', (phase, wordsOf) => {
    const { holdWords } = stageIn(phase).transfer;
    expect(holdWords).toBe(wordsOf?.('our billing team'));
  });

  test('are none when the attempt is over', () => {
    const on = stageIn('ringing');
    put(on, callerLeft);
    expect(on.transfer.holdWords).toBeUndefined();
  });
});

test.each(livePhases)('an attempt that is %s is not over', (phase) => {
  expect(stageIn(phase).transfer.isOver).toBe(false);
});
