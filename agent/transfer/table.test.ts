/** The table as a graph: what can be reached, on which way, and what every step must do for caller and human. */
import { describe, expect, test } from 'vitest';
import { table } from './table.ts';
import {
  type Effect,
  type EventType,
  type Phase,
  type Step,
  type TransferEvent,
  phases,
} from './vocabulary.ts';

const eventTypes = Object.keys(table.dialing) as EventType[];

type NamedStep = { name: string; from: Phase; on: EventType; step: Step };
const steps: NamedStep[] = phases.flatMap((from) =>
  eventTypes.flatMap((on) => {
    const cell = table[from][on];
    return typeof cell === 'string' ? [] : [{ name: `${from} + ${on}`, from, on, step: cell }];
  }),
);
const namesOf = (wrong: NamedStep[]) => wrong.map(({ name, step }) => `${name} -> ${step.to}`);

/** What is known on the way: the phase, how many outcomes were settled, and which keys were turned in which order. */
type State = { phase: Phase; settled: number; offered: boolean; acceptedAfterOffer: boolean };

function after(state: State, on: EventType): { state: State; effects: readonly Effect[] } {
  const cell = table[state.phase][on];
  const offered = state.offered || on === 'offerSpoken';
  const turned = state.acceptedAfterOffer || (on === 'humanAccepted' && state.offered);
  const keys = { offered, acceptedAfterOffer: turned };
  if (typeof cell === 'string') return { state: { ...state, ...keys }, effects: [] };
  const settled = state.settled + (cell.outcome ? 1 : 0);
  return { state: { phase: cell.to, settled, ...keys }, effects: cell.effects };
}

const starts = (['dialing', 'referring'] as const).map((phase): State => ({
  phase,
  settled: 0,
  offered: false,
  acceptedAfterOffer: false,
}));

/** Every state that any order of facts can lead to, and the effects performed on the way there. */
function walk(without: EventType[] = []): { states: State[]; effects: [State, Effect][] } {
  const seen = new Map(starts.map((start) => [JSON.stringify(start), start]));
  const effects: [State, Effect][] = [];
  // A Map is walked in the order of insertion, what is inserted on the way included.
  for (const state of seen.values()) {
    for (const on of eventTypes.filter((type) => !without.includes(type))) {
      const next = after(state, on);
      if (next.state.settled > 2) continue;
      seen.set(JSON.stringify(next.state), next.state);
      effects.push(...next.effects.map((effect): [State, Effect] => [next.state, effect]));
    }
  }
  return { states: [...seen.values()], effects };
}

const isPerformed = (effect: Effect, without: EventType[] = []) =>
  walk(without).effects.some(([, performed]) => performed === effect);

describe('ways through', () => {
  test('every phase is reached', () => {
    expect(new Set(walk().states.map((state) => state.phase))).toEqual(new Set(phases));
  });

  test.each(phases)('from %s an end is reached', (from) => {
    const reached = new Set<Phase>([from]);
    for (const phase of reached) {
      for (const { step } of steps.filter((s) => s.from === phase)) reached.add(step.to);
    }
    expect(reached).toContain('ended');
  });

  test.each(phases.filter((phase) => phase !== 'connected' && phase !== 'ended'))(
    'the limit of %s leads on, so that no phase lasts for ever',
    (phase) => {
      const cell = table[phase].limitReached;
      expect(cell).toHaveProperty('to');
      expect((cell as Step).to).not.toBe(phase);
    },
  );

  test('two people who talk are under no limit, and either of them ends it', () => {
    expect(table.connected.limitReached).toBe('never');
    expect(table.connected).toMatchObject({
      callerLeft: { to: 'ended', effects: ['endCall'] },
      humanLeft: { to: 'ended', effects: ['endCall'] },
    });
  });

  test.each(phases.filter((phase) => phase !== 'ended'))(
    'from %s a caller who leaves and a job that ends lead straight to the end',
    (phase) => {
      for (const on of ['callerLeft', 'jobEnding'] as const) {
        expect(table[phase][on]).toMatchObject({ to: 'ended', effects: expect.any(Array) });
      }
    },
  );

  test('nothing leads back: each step goes to a later phase, but for the move that comes too late', () => {
    const back = steps.filter(({ from, step }) => phases.indexOf(step.to) <= phases.indexOf(from));
    expect(namesOf(back)).toEqual(['returning + merged -> returning', 'ended + merged -> ended']);
  });

  test.each<EventType>(['callerLeft', 'humanLeft', 'jobEnding'])(
    '%s is expected in every phase, because nobody asks before they go',
    (on) => {
      expect(phases.filter((phase) => table[phase][on] === 'never')).toEqual([]);
    },
  );

  test.each<EventType>([
    'humanRinging',
    'humanAnswered',
    'dialRefused',
    'dialUnanswered',
    'offerSpoken',
    'briefingFailed',
    'humanAccepted',
    'humanDeclined',
    'humanSilent',
    'machineAnswered',
    'lineCleared',
    'mergeFailed',
  ])('%s may come too late, when the caller is on the way back or the attempt is over', (on) => {
    expect([table.returning[on], table.ended[on]]).toEqual(['ignore', 'ignore']);
  });
});

describe('outcome', () => {
  test('no order of facts settles two outcomes', () => {
    expect(walk().states.filter((state) => state.settled > 1)).toEqual([]);
  });

  test('it is settled exactly when the caller is connected, on the way back, or the attempt is over', () => {
    const decided: Phase[] = ['connected', 'returning', 'ended'];
    const wrong = walk().states.filter(
      ({ phase, settled }) => settled !== (decided.includes(phase) ? 1 : 0),
    );
    expect(wrong).toEqual([]);
  });

  test('only the dial reports an outcome of its own', () => {
    const reported = steps.filter(({ step }) => step.outcome === 'reported');
    expect(new Set(reported.map(({ on }) => on))).toEqual(new Set(['dialRefused']));
  });

  test('only being seen together counts as connected, or a provider that says so', () => {
    const connected = steps.filter(
      ({ step }) => step.to === 'connected' || step.outcome === 'connected',
    );
    expect(namesOf(connected)).toEqual([
      'referring + referred -> connected',
      'merging + merged -> connected',
    ]);
  });

  test('a caller who leaves before that has abandoned the call, and nobody else is blamed', () => {
    const left = steps.filter(({ on, step }) => on === 'callerLeft' && step.outcome);
    expect(new Set(left.map(({ step }) => step.outcome))).toEqual(new Set(['abandoned']));
  });
});

describe('the two keys', () => {
  test('the legs can be merged at all', () => expect(isPerformed('mergeLegs')).toBe(true));

  test.each<EventType>(['offerSpoken', 'humanAccepted', 'lineCleared'])(
    'the legs are never merged without %s',
    (key) => expect(isPerformed('mergeLegs', [key])).toBe(false),
  );

  test('on every way to the merge the acceptance came after the offer', () => {
    const early = walk().effects.filter(
      ([state, effect]) => effect === 'mergeLegs' && !state.acceptedAfterOffer,
    );
    expect(early).toEqual([]);
  });

  test('an acceptance before the offer changes nothing', () => {
    expect(table.briefing.humanAccepted).toBe('ignore');
  });

  test('the line is cleared before the human is moved, and the AI leaves only after', () => {
    const performing = (effect: Effect) =>
      namesOf(steps.filter(({ step }) => step.effects.includes(effect)));
    expect(performing('clearLine')).toEqual(['offered + humanAccepted -> accepted']);
    expect(performing('mergeLegs')).toEqual(['accepted + lineCleared -> merging']);
    expect(performing('leaveCall')).toEqual([
      'referring + referred -> connected',
      'merging + merged -> connected',
    ]);
  });
});

describe('nobody is stranded', () => {
  const withHuman: Phase[] = [
    'referring',
    'dialing',
    'ringing',
    'briefing',
    'offered',
    'accepted',
    'merging',
  ];
  const releasing: Effect[] = ['releaseHuman', 'thankHuman', 'partFromHuman', 'excuseCaller'];

  test('every step that gives up a human who may be there releases them, once', () => {
    const givingUp = steps.filter(
      ({ from, step }) =>
        withHuman.includes(from) && (step.to === 'returning' || step.to === 'ended'),
    );
    const wrong = givingUp.filter(
      ({ step }) => step.effects.filter((effect) => releasing.includes(effect)).length !== 1,
    );
    expect(givingUp.length).toBeGreaterThan(0);
    expect(namesOf(wrong)).toEqual([]);
  });

  test.each(['returning', 'ended'] as const)(
    'a human who is moved after all, while the attempt is %s, is released and nothing else changes',
    (phase) => expect(table[phase].merged).toEqual({ to: phase, effects: ['releaseHuman'] }),
  );

  test('no other step releases the human', () => {
    const wrong = steps.filter(
      ({ from, on, step }) =>
        step.effects.some((effect) => releasing.includes(effect)) &&
        !(withHuman.includes(from) && ['returning', 'ended'].includes(step.to)) &&
        on !== 'merged',
    );
    expect(namesOf(wrong)).toEqual([]);
  });

  test('every step to the end also ends the call, except when others go on with the caller', () => {
    const goesOn = ({ from, on }: (typeof steps)[number]) =>
      on === 'callerReturned' || on === 'relieved' || (on === 'jobEnding' && from === 'connected');
    const wrong = steps.filter(
      (one) =>
        one.from !== 'ended' &&
        one.step.to === 'ended' &&
        one.step.effects.includes('endCall') === goesOn(one),
    );
    expect(namesOf(wrong)).toEqual([]);
  });

  test('a human is released when the AI is relieved, unless they talk to the caller', () => {
    const effects = (from: Phase) => {
      const cell = table[from].relieved;
      return typeof cell === 'string' ? cell : cell.effects;
    };
    expect(effects('ringing')).toEqual(['releaseHuman']);
    expect(effects('offered')).toEqual(['partFromHuman']);
    expect(effects('merging')).toEqual(['releaseHuman']);
    expect(effects('connected')).toBe('ignore');
  });

  test('two who talk are left to the guardian when the job ends', () => {
    expect(table.connected.jobEnding).toEqual({ to: 'ended', effects: ['leaveToGuardian'] });
  });

  test('only steps to the end end the call', () => {
    const wrong = steps.filter(
      ({ step }) => step.effects.includes('endCall') && step.to !== 'ended',
    );
    expect(namesOf(wrong)).toEqual([]);
  });

  test('last words are spoken before the call is ended, because the AI goes with it', () => {
    const wrong = steps.filter(
      ({ step }) => step.effects.includes('excuseCaller') && step.effects.at(-1) !== 'endCall',
    );
    expect(namesOf(wrong)).toEqual([]);
  });

  test('whoever is to return is given back to the AI first, before words to the human take time', () => {
    const wrong = steps.filter(
      ({ from, step }) =>
        (step.to === 'returning' && from !== 'returning') !== (step.effects[0] === 'returnCaller'),
    );
    expect(namesOf(wrong)).toEqual([]);
  });

  test('who answers is spoken to, and is spoken to only then', () => {
    const wrong = steps.filter(
      ({ on, step }) =>
        step.effects.includes('brief') !== (step.to === 'briefing') ||
        (step.to === 'briefing' && on !== 'humanAnswered'),
    );
    expect(namesOf(wrong)).toEqual([]);
  });

  test('who was being briefed hears why when the caller leaves', () => {
    for (const phase of ['briefing', 'offered', 'accepted'] as const) {
      expect(table[phase].callerLeft).toMatchObject({ effects: ['excuseCaller', 'endCall'] });
    }
  });
});

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

/** Forty random facts, then one that ends it. Facts that bring the two closer together are drawn more often. */
function randomWalk(seed: number): { state: State; path: string[] } {
  const next = random(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
  let state: State = pick(starts);
  const path: string[] = [];
  const feed = (on: EventType) => {
    state = after(state, on).state;
    path.push(`${on} -> ${state.phase}`);
  };
  for (let i = 0; i < 40; i++) {
    const closer = steps.filter(
      ({ from, step }) => from === state.phase && !['returning', 'ended'].includes(step.to),
    );
    feed(next() < 0.8 && closer.length > 0 ? pick(closer).on : pick(eventTypes));
  }
  feed(pick<TransferEvent['type']>(['callerLeft', 'jobEnding']));
  return { state, path };
}

describe('random walks', () => {
  test('500 of them settle one outcome each, and an ending fact ends them', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const { state, path } = randomWalk(seed);
      const story = `seed ${seed}: ${path.join(', ')}`;
      expect(state.settled, story).toBe(1);
      expect(state.phase, story).toBe('ended');
    }
  });

  test('together they come through every phase', () => {
    const paths = Array.from({ length: 500 }, (_, i) => randomWalk(i + 1).path.join());
    const missed = phases.filter(
      (phase) =>
        !starts.some((start) => start.phase === phase) &&
        !paths.some((path) => path.includes(`-> ${phase}`)),
    );
    expect(missed).toEqual([]);
  });
});
