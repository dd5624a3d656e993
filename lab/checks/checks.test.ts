/** Right worlds pass every check; and for each check there are worlds in which it, and no other, fails. */
import { describe, expect, test } from 'vitest';
import type { RecordedEvent } from '../network/lab.ts';
import type { Phase } from '../../agent/transfer/vocabulary.ts';
import type { CallEvent } from '../../agent/call-events.ts';
import { checks, judge } from './checks.ts';
import { latencies } from './latencies.ts';
import type { LegRecord, World } from './world.ts';
import { spokenNames } from '../network/departments.ts';
import { realWords, wordsIn } from '../network/words-file.ts';
import { firstSentence } from '../standins/sentences.ts';

type Frame = LegRecord['frames'][number];
type Sound = { fromMs: number; toMs: number; code?: number; music?: true; pilot?: number };

const words = await wordsIn(realWords);
const [callerPilot, humanPilot] = [1, 2];
const code = {
  greeting: 1,
  onHold: 2,
  headline: 3,
  sorry: 4,
  goOn: 5,
  reply: 6,
  thanks: 7,
  ringing: 8,
};
const sentence = {
  ask: 'I would like to talk to somebody about my invoice.',
  decline: 'No, I cannot take it right now.',
  goOn: 'Hello, this is billing.',
  reply: 'It was charged twice.',
  sorry: 'I am sorry, they are busy.',
  greeting: 'Hello, how can I help you?',
};

/** What arrives at a phone: a frame every 20 ms, with all that sounds at that moment. Speech covers music. */
function listen(span: { fromMs: number; toMs: number }, sounds: Sound[]): Frame[] {
  const frames: Frame[] = [];
  for (let atMs = span.fromMs; atMs < span.toMs; atMs += 20) {
    const now = sounds.filter((sound) => atMs >= sound.fromMs && atMs < sound.toMs);
    const spoken = now.find((sound) => sound.code !== undefined)?.code;
    frames.push({
      atMs,
      levelDb: now.length > 0 ? -25 : -100,
      ...(spoken !== undefined && { code: spoken }),
      pilots: now.flatMap((sound) => sound.pilot ?? []),
      music: spoken === undefined && now.some((sound) => sound.music),
    });
  }
  return frames;
}

const record = (atMs: number, event: CallEvent): RecordedEvent => ({
  callId: 'AJ_1',
  atMs,
  ...event,
});
const phase = (atMs: number, to: Phase) =>
  record(atMs, { type: 'phaseChanged', attempt: 'AJ_1-1', from: 'dialing', to, on: 'merged' });

/** What every call with a transfer has in common; times are ms from the caller's INVITE. */
function begin() {
  return {
    caller: {
      pilot: callerPilot,
      pressed: [],
      invitedAtMs: 0,
      ringingAtMs: 40,
      answeredAtMs: 100,
      endings: 1,
      ended: { atMs: 21_000, by: 'us', how: 'BYE' },
    },
    human: {
      pilot: humanPilot,
      said: [],
      pressed: [],
      frames: [],
      invitedAtMs: 6_200,
      ringingAtMs: 6_400,
      endings: 1,
    },
    asked: { sentence: sentence.ask, startedAtMs: 3_600, endedAtMs: 5_600 },
    heardAsk: { atMs: 5_900, sentence: sentence.ask },
    answered: [
      record(120, { type: 'callAnswered' }),
      record(6_020, { type: 'transferStarted', attempt: 'AJ_1-1', destination: 'billing' }),
    ],
    greeting: { fromMs: 200, toMs: 3_200, code: code.greeting },
    onHold: { fromMs: 6_300, toMs: 9_300, code: code.onHold },
    common: {
      words,
      spoken: [],
      decidedAtMs: 6_000,
      roomsGoneAtMs: 21_250,
      messages: { requests: [], waiting: [] },
      roomsLeft: [],
      jobsLeft: 0,
      workerLines: ['{"level":30,"msg":"registered worker"}', '{"level":30,"msg":"call event"}'],
      phoneNumbers: ['+12025550100', '+12025550147', '+12025550123'],
    },
  } as const;
}

const ending = (cause: 'callerLeft' | 'humanLeft', reason?: string) => [
  ...(reason === undefined ? [] : [record(21_050, { type: 'sessionClosed', reason })]),
  record(21_010, { type: 'callEnding', cause }),
  record(21_200, { type: 'callEnded', cause }),
];

/** The human pressed 1, the two talked, the caller hung up. */
function connectedWorld(): World {
  const { caller, human, common, ...its } = begin();
  return {
    ...common,
    expected: { outcome: 'connected', blame: 'nobody', by: 'key', cause: 'callerLeft' },
    caller: {
      ...caller,
      said: [its.asked, { sentence: sentence.reply, startedAtMs: 18_800, endedAtMs: 20_800 }],
      frames: listen({ fromMs: 120, toMs: 21_000 }, [
        its.greeting,
        its.onHold,
        { fromMs: 6_100, toMs: 15_560, music: true },
        { fromMs: 15_700, toMs: 21_000, pilot: humanPilot },
        { fromMs: 16_520, toMs: 18_520, code: code.goOn },
      ]),
    },
    human: {
      ...human,
      answeredAtMs: 7_000,
      said: [{ sentence: sentence.goOn, startedAtMs: 16_500, endedAtMs: 18_500 }],
      pressed: [{ digit: '1', startedAtMs: 15_400, endedAtMs: 15_500 }],
      frames: listen({ fromMs: 7_020, toMs: 21_080 }, [
        { fromMs: 7_300, toMs: 15_000, code: code.headline },
        { fromMs: 15_700, toMs: 21_060, pilot: callerPilot },
        { fromMs: 18_820, toMs: 20_820, code: code.reply },
      ]),
      ended: { atMs: 21_080, by: 'them', how: 'BYE' },
    },
    events: [
      ...its.answered,
      phase(6_420, 'ringing'),
      phase(7_020, 'briefing'),
      phase(15_050, 'offered'),
      phase(15_520, 'accepted'),
      phase(15_530, 'merging'),
      phase(15_680, 'connected'),
      record(15_680, {
        type: 'transferEnded',
        attempt: 'AJ_1-1',
        outcome: 'connected',
        blame: 'nobody',
        by: 'key',
      }),
      record(16_100, { type: 'sessionClosed', reason: 'transfer_completed' }),
      phase(21_010, 'ended'),
      ...ending('callerLeft'),
    ],
    heardByAi: [its.heardAsk],
  };
}

/** The human said no; the AI told the caller, who hung up. */
function declinedWorld(): World {
  const { caller, human, common, ...its } = begin();
  return {
    ...common,
    expected: { outcome: 'declined', blame: 'human', by: 'voice', cause: 'callerLeft' },
    caller: {
      ...caller,
      said: [its.asked],
      frames: listen({ fromMs: 120, toMs: 21_000 }, [
        its.greeting,
        its.onHold,
        { fromMs: 6_100, toMs: 17_600, music: true },
        { fromMs: 17_900, toMs: 20_400, code: code.sorry },
      ]),
    },
    human: {
      ...human,
      answeredAtMs: 7_000,
      said: [{ sentence: sentence.decline, startedAtMs: 15_300, endedAtMs: 16_900 }],
      frames: listen({ fromMs: 7_020, toMs: 19_300 }, [
        { fromMs: 7_300, toMs: 15_000, code: code.headline },
        { fromMs: 17_900, toMs: 19_000, code: code.thanks },
      ]),
      ended: { atMs: 19_300, by: 'them', how: 'BYE' },
    },
    events: [
      ...its.answered,
      phase(6_420, 'ringing'),
      phase(7_020, 'briefing'),
      phase(15_050, 'offered'),
      phase(17_560, 'returning'),
      record(17_560, {
        type: 'transferEnded',
        attempt: 'AJ_1-1',
        outcome: 'declined',
        blame: 'human',
        by: 'voice',
      }),
      phase(17_700, 'ended'),
      ...ending('callerLeft', 'user_initiated'),
    ],
    heardByAi: [its.heardAsk, { atMs: 17_200, sentence: sentence.decline }],
  };
}

/** The caller gave up while the human's phone rang. */
function abandonedWorld(): World {
  const { caller, human, common, ...its } = begin();
  return {
    ...common,
    expected: { outcome: 'abandoned', blame: 'caller', cause: 'callerLeft' },
    caller: {
      ...caller,
      said: [its.asked],
      frames: listen({ fromMs: 120, toMs: 21_000 }, [
        its.greeting,
        its.onHold,
        { fromMs: 6_100, toMs: 21_000, music: true },
      ]),
    },
    human: { ...human, ended: { atMs: 21_100, by: 'them', how: 'CANCEL', status: 487 } },
    events: [
      ...its.answered,
      phase(6_420, 'ringing'),
      phase(21_010, 'ended'),
      record(21_010, {
        type: 'transferEnded',
        attempt: 'AJ_1-1',
        outcome: 'abandoned',
        blame: 'caller',
      }),
      ...ending('callerLeft', 'user_initiated'),
    ],
    heardByAi: [its.heardAsk],
  };
}

const failing = (world: World) =>
  judge(world)
    .filter(({ pass }) => !pass)
    .map(({ check }) => check);

describe('a right world passes every check', () => {
  test.each<[string, World]>([
    ['connected, the caller hangs up', connectedWorld()],
    ['connected, the human hangs up', humanHangsUpFirst(connectedWorld())],
    ["connected, and the caller's phone dies", callerVanishedWorld()],
    ['connected, and cut short by a hang-up in the same moment', cutShortWorld()],
    ['a merge that failed, after which the caller talks to the AI', mergeFailedWorld()],
    ['declined', declinedWorld()],
    ['abandoned', abandonedWorld()],
    [
      'the human hangs up during the briefing, and the AI goes on with the caller',
      humanLeftWorld(),
    ],
    ['busy', busyWorld()],
    [
      'a line that sounds like more phones than there can be',
      atPhone(connectedWorld(), 'caller', during(12_000, 12_060), torn(humanPilot, 3, 4)),
    ],
    [
      'a line that sounds like the human, who has not answered yet',
      atPhone(connectedWorld(), 'caller', during(6_500, 6_560), (frame) => ({
        ...frame,
        pilots: [humanPilot],
      })),
    ],
    ['a message', messageWorld()],
    [
      'a message of which the receiver had to be reminded',
      messageWorld({ requests: [{ ...delivered, answer: 'hung up' }, delivered] }),
    ],
    ['a trunk that does not work', trunkFailedWorld()],
    ['a long hold with words in it', heldFor(45_000, [24_300, 41_300])],
    ['a reason that is told', toldWorld(sentence.sorry)],
    ['speech that paused and went on', pausedWorld()],
    ['speech that paused, and lost a little', pausedWorld({ resumesAtMs: 4_160 })],
    [
      'speech that paused, and was torn for 400 ms',
      atPhone(pausedWorld(), 'caller', during(5_000, 5_400), ({ atMs, levelDb }) => ({
        atMs,
        levelDb,
        pilots: [],
        music: false,
        torn: true,
      })),
    ],
    [
      'speech that paused, and for 60 ms before it sounded like what came later',
      atPhone(pausedWorld(), 'caller', during(1_100, 1_160), (frame) => ({
        ...frame,
        code: code.onHold,
      })),
    ],
    ['a human who takes 6 s to decide', undecidedFor(6_000)],
    [
      'torn frames at the human look like a sentence that the caller hears on hold, for 180 ms',
      atPhone(connectedWorld(), 'human', during(12_000, 12_170), (frame) => ({
        ...frame,
        code: code.onHold,
      })),
    ],
  ])('%s', (_, world) => expect(failing(world)).toEqual([]));
});

function humanHangsUpFirst(world: World): World {
  return withEvents(
    {
      ...world,
      expected: { ...world.expected, cause: 'humanLeft' },
      caller: { ...world.caller, ended: { atMs: 21_080, by: 'them', how: 'BYE' } },
      human: { ...world.human!, ended: { atMs: 21_000, by: 'us', how: 'BYE' } },
    },
    (event) => (event.type === 'callEnded' ? { ...event, cause: 'humanLeft' } : event),
  );
}

/** While the two talked the caller's phone died, which was noticed 5 s later. */
function callerVanishedWorld(): World {
  const world = connectedWorld();
  const diedAtMs = 16_000;
  const heard = world.human!.frames.map((frame) =>
    frame.atMs < diedAtMs ? frame : { atMs: frame.atMs, levelDb: -100, pilots: [], music: false },
  );
  return {
    ...world,
    caller: {
      ...world.caller,
      said: world.caller.said.filter((said) => said.startedAtMs < diedAtMs),
      frames: world.caller.frames.filter(({ atMs }) => atMs < diedAtMs),
      ended: { atMs: diedAtMs, by: 'us', how: 'vanished' },
    },
    human: { ...world.human!, said: [], frames: heard },
  };
}

/** The human pressed 1 and hung up, 180 ms before the other would have been heard. */
function cutShortWorld(): World {
  const world = humanHangsUpFirst(connectedWorld());
  const before = (leg: LegRecord, endMs: number) => ({
    ...leg,
    said: leg.said.filter((said) => said.startedAtMs < endMs),
    frames: leg.frames.filter(({ atMs }) => atMs < Math.min(endMs, 15_700)),
    ended: { ...leg.ended!, atMs: endMs },
  });
  const events = world.events.map((e) => (e.atMs > 15_680 ? { ...e, atMs: e.atMs - 5_300 } : e));
  return {
    ...world,
    expected: { ...world.expected, cutShort: true },
    caller: before(world.caller, 15_780),
    human: before(world.human!, 15_700),
    events,
    roomsGoneAtMs: 15_950,
  };
}

/** The human accepted, could not be moved, and was released; the caller asked the AI for something else. */
function mergeFailedWorld(): World {
  const world = withMore(declinedWorld(), phase(17_300, 'merging'));
  const again = { sentence: sentence.ask, startedAtMs: 20_400, endedAtMs: 20_900 };
  return withEvents(
    {
      ...world,
      expected: { outcome: 'merge_failed', blame: 'us', cause: 'callerLeft' },
      caller: { ...world.caller, said: [...world.caller.said, again] },
      heardByAi: [...world.heardByAi, { atMs: 20_950, sentence: again.sentence }],
    },
    (e) => (e.type === 'transferEnded' ? { ...e, outcome: 'merge_failed', blame: 'us' } : e),
  );
}

/** The human hung up in the middle of the briefing; the caller stayed for a while. */
function humanLeftWorld(): World {
  const world = declinedWorld();
  const human: LegRecord = {
    ...world.human!,
    said: [],
    frames: world.human!.frames.filter(({ atMs }) => atMs < 12_000),
    ended: { atMs: 12_000, by: 'us', how: 'BYE' },
  };
  const back = (event: RecordedEvent): RecordedEvent => {
    if (event.type === 'transferEnded') return { ...event, atMs: 12_020, outcome: 'human_left' };
    return event.type === 'phaseChanged' && event.to === 'returning'
      ? { ...event, atMs: 12_020 }
      : event;
  };
  return withEvents(
    { ...world, human, expected: { outcome: 'human_left', blame: 'human', cause: 'callerLeft' } },
    back,
  );
}

/** As when the human declined, but the phone refused at once, and nobody ever spoke to them. */
function busyWorld(): World {
  const { human, ...world } = declinedWorld();
  const { answeredAtMs: _, ...unanswered } = human!;
  return withEvents(
    {
      ...world,
      expected: { outcome: 'busy', blame: 'human', cause: 'callerLeft' },
      human: {
        ...unanswered,
        said: [],
        frames: [],
        ended: { atMs: 6_400, by: 'us', how: 'rejected', status: 486 },
      },
      heardByAi: world.heardByAi.slice(0, 1),
    },
    (event) => (event.type === 'transferEnded' ? { ...event, outcome: 'busy' } : event),
    (event) => event.type !== 'phaseChanged' || ['returning', 'ended'].includes(event.to),
  );
}

/** As when the human declined, but they thought about it for a while; all that follows comes later by as much. */
function undecidedFor(forMs: number): World {
  const world = declinedWorld();
  const laterMs = forMs - 250;
  const later = (atMs: number) => (atMs > 15_100 ? atMs + laterMs : atMs);
  const human = world.human!;
  const caller = world.caller;
  return withEvents(
    {
      ...world,
      caller: {
        ...caller,
        frames: [
          ...caller.frames.filter(({ atMs }) => atMs < 15_100),
          ...listen({ fromMs: 15_100, toMs: 15_100 + laterMs }, [
            { fromMs: 0, toMs: Infinity, music: true },
          ]),
          ...caller.frames
            .filter(({ atMs }) => atMs >= 15_100)
            .map((frame) => ({ ...frame, atMs: frame.atMs + laterMs })),
        ],
        ended: { ...caller.ended!, atMs: later(caller.ended!.atMs) },
      },
      human: {
        ...human,
        frames: human.frames.map((frame) => ({ ...frame, atMs: later(frame.atMs) })),
        said: human.said.map((said) => ({
          ...said,
          startedAtMs: later(said.startedAtMs),
          endedAtMs: later(said.endedAtMs),
        })),
        ended: { ...human.ended!, atMs: later(human.ended!.atMs) },
      },
      roomsGoneAtMs: later(world.roomsGoneAtMs!),
      heardByAi: world.heardByAi.map((heard) => ({ ...heard, atMs: later(heard.atMs) })),
    },
    (event) => ({ ...event, atMs: later(event.atMs) }),
  );
}

/** As when it was busy, but no INVITE reached the human's phone. */
function trunkFailedWorld(): World {
  const { human: _, ...world } = busyWorld();
  return withEvents(
    { ...world, expected: { outcome: 'trunk_failed', blame: 'us', cause: 'callerLeft' } },
    (event) =>
      event.type === 'transferEnded' ? { ...event, outcome: 'trunk_failed', blame: 'us' } : event,
  );
}

const delivered: World['messages']['requests'][number] = {
  atMs: 19_000,
  id: 'message-1',
  isSigned: true,
  body: { type: 'message.left', data: { text: 'Call me.' } },
  answer: 204,
};

/** As when it was busy; the caller then left a message. */
function messageWorld(messages: Partial<World['messages']> = {}): World {
  const world = expecting({ messages: [{ text: 'Call me.' }] })(busyWorld());
  const kept = { atMs: 18_600, code: code.thanks, durationMs: 2_000 };
  return {
    ...withMore(world, record(18_500, { type: 'messageTaken', message: delivered.id })),
    spoken: [{ ...kept, sentence: firstSentence(words.messages.isKept(spokenNames.billing)) }],
    messages: { requests: [delivered], waiting: [], ...messages },
  };
}

const expecting =
  (more: Partial<World['expected']>) =>
  (world: World): World => ({ ...world, expected: { ...world.expected, ...more } });

/** As when it was busy, and the reason that the caller is told is `spoken`. */
function toldWorld(spoken: string): World {
  const world = expecting({ told: sentence.sorry })(busyWorld());
  const at = { atMs: 17_800, code: code.sorry, durationMs: 2_500 };
  return { ...world, spoken: [{ ...at, sentence: spoken }] };
}

/** The AI pauses in its greeting, of 3 s, after 1 s, and goes on after two more. */
function pausedWorld({ resumesAtMs = 4_000, toMs = 6_000, lateMs = 0 } = {}): World {
  const world = expecting({ whole: [sentence.greeting], pauses: true })(busyWorld());
  const greeted = { atMs: 1_000, code: code.greeting, durationMs: 3_000 };
  const onHold = { atMs: 6_300, code: code.onHold, durationMs: 3_000, sentence: 'One moment.' };
  const frames = listen(during(120, 21_000), [
    { fromMs: 1_000, toMs: 2_000, code: code.greeting },
    { fromMs: resumesAtMs, toMs, code: code.greeting },
    { fromMs: 6_300, toMs: 9_300, code: code.onHold },
    { fromMs: 9_300, toMs: 9_300 + lateMs, code: code.greeting },
    { fromMs: 6_100, toMs: 17_600, music: true },
    { fromMs: 17_900, toMs: 20_400, code: code.sorry },
  ]);
  return {
    ...world,
    caller: { ...world.caller, frames },
    spoken: [{ ...greeted, sentence: sentence.greeting }, onHold],
  };
}

function withEvents(
  world: World,
  change: (event: RecordedEvent) => RecordedEvent,
  keep: (event: RecordedEvent) => boolean = () => true,
): World {
  return { ...world, events: world.events.filter(keep).map(change) };
}

const withoutEvents = (world: World, type: CallEvent['type']) =>
  withEvents(
    world,
    (event) => event,
    (event) => event.type !== type,
  );
const withMore = (world: World, ...events: RecordedEvent[]): World => ({
  ...world,
  events: [...world.events, ...events],
});
const outcome = (changes: object) => (world: World) =>
  withEvents(world, (event) => (event.type === 'transferEnded' ? { ...event, ...changes } : event));

/** Changes what a phone heard from one moment to another. */
function atPhone(
  world: World,
  who: 'caller' | 'human',
  span: { fromMs: number; toMs: number },
  change: (frame: Frame, index: number) => Frame,
): World {
  const leg = world[who]!;
  const frames = leg.frames.map((frame, index) =>
    frame.atMs >= span.fromMs && frame.atMs < span.toMs ? change(frame, index) : frame,
  );
  return { ...world, [who]: { ...leg, frames } };
}
function withoutPackets(
  world: World,
  who: 'caller' | 'human',
  { fromMs, toMs }: { fromMs: number; toMs: number },
): World {
  const frames = world[who]!.frames.filter(({ atMs }) => atMs < fromMs || atMs >= toMs);
  return { ...world, [who]: { ...world[who]!, frames } };
}
const silence = ({ atMs }: Frame): Frame => ({ atMs, levelDb: -100, pilots: [], music: false });
const during = (fromMs: number, toMs: number) => ({ fromMs, toMs });
/** What a frame becomes when the line is torn and sounds like these phones. */
const torn =
  (...pilots: number[]) =>
  (frame: Frame): Frame => ({ ...frame, torn: true, pilots });
const once = (atMs: number) => during(atMs, atMs + 20);

const wrongWorlds: [string, string[], World][] = [
  // one outcome
  ['no outcome', ['one outcome'], withoutEvents(connectedWorld(), 'transferEnded')],
  [
    'two outcomes',
    ['one outcome'],
    withMore(
      connectedWorld(),
      record(21_010, {
        type: 'transferEnded',
        attempt: 'AJ_1-1',
        outcome: 'connected',
        blame: 'nobody',
        by: 'key',
      }),
    ),
  ],
  ['another outcome', ['one outcome'], outcome({ outcome: 'human_left' })(declinedWorld())],
  ['somebody else is blamed', ['one outcome'], outcome({ blame: 'us' })(declinedWorld())],
  ['accepted in another way', ['one outcome'], outcome({ by: 'voice' })(connectedWorld())],
  ['the call never ended', ['one outcome'], withoutEvents(connectedWorld(), 'callEnded')],
  [
    'the call ended twice',
    ['one outcome'],
    withMore(connectedWorld(), record(21_300, { type: 'callEnded', cause: 'callerLeft' })),
  ],
  [
    'the call ended for another cause',
    ['one outcome'],
    withEvents(connectedWorld(), (event) =>
      event.type === 'callEnded' ? { ...event, cause: 'jobEnded' } : event,
    ),
  ],

  [
    'another SIP status is put on record',
    ['one outcome'],
    expecting({ sipStatus: 480 })(busyWorld()),
  ],

  // messages kept and delivered once
  [
    'a message that was taken is lost',
    ['messages kept and delivered once'],
    messageWorld({ requests: [] }),
  ],
  [
    'a message waits when all is over',
    ['messages kept and delivered once'],
    messageWorld({ waiting: ['f.json'] }),
  ],
  [
    'a message is sent again after it was acknowledged',
    ['messages kept and delivered once'],
    messageWorld({ requests: [delivered, { ...delivered, answer: 503 }] }),
  ],
  [
    'a message is acknowledged twice',
    ['messages kept and delivered once'],
    messageWorld({ requests: [delivered, delivered] }),
  ],
  [
    'a message is not signed',
    ['messages kept and delivered once'],
    messageWorld({ requests: [{ ...delivered, isSigned: false }] }),
  ],
  [
    'the receiver has other words than the caller left',
    ['messages kept and delivered once'],
    expecting({ messages: [{ text: 'Do not call.' }] })(messageWorld()),
  ],
  [
    'a message is delivered that nobody confirmed',
    ['messages kept and delivered once'],
    withoutEvents(messageWorld(), 'messageTaken'),
  ],
  [
    'the caller is told of a message before it is kept',
    ['messages kept and delivered once'],
    withEvents(messageWorld(), (e) => (e.type === 'messageTaken' ? { ...e, atMs: 20_000 } : e)),
  ],
  [
    'the caller is told of a message that was never kept',
    ['messages kept and delivered once'],
    { ...busyWorld(), spoken: messageWorld().spoken },
  ],

  // session closed
  [
    'the AI stays in the call',
    ['session closed'],
    withoutEvents(connectedWorld(), 'sessionClosed'),
  ],
  [
    'the AI leaves without saying that the transfer is complete',
    ['session closed'],
    withEvents(connectedWorld(), (event) =>
      event.type === 'sessionClosed' ? { ...event, reason: 'error' } : event,
    ),
  ],
  [
    'the AI says that a transfer is complete that was declined',
    ['session closed'],
    withEvents(declinedWorld(), (event) =>
      event.type === 'sessionClosed' ? { ...event, reason: 'transfer_completed' } : event,
    ),
  ],
  [
    'the session is closed twice',
    ['session closed'],
    withMore(connectedWorld(), record(21_100, { type: 'sessionClosed', reason: 'error' })),
  ],

  // both heard each other, never heard each other
  [
    'the human does not hear the caller',
    ['both heard each other'],
    atPhone(connectedWorld(), 'human', during(15_530, 22_000), (frame) => ({
      ...frame,
      pilots: [],
    })),
  ],
  [
    'nobody had the time to hear anybody, and that was not to be',
    ['both heard each other'],
    { ...cutShortWorld(), expected: humanHangsUpFirst(connectedWorld()).expected },
  ],
  [
    'the caller hears the human in shreds only',
    ['both heard each other'],
    atPhone(connectedWorld(), 'caller', during(15_530, 22_000), (frame, index) =>
      index % 3 === 0 ? { ...frame, pilots: [] } : frame,
    ),
  ],
  [
    'they heard each other although the human declined',
    ['never heard each other', 'consultation private'],
    atPhone(declinedWorld(), 'human', during(17_000, 17_200), (frame) => ({
      ...frame,
      pilots: [callerPilot],
    })),
  ],

  // consultation private
  [
    'one frame of the caller reaches the human during the briefing',
    ['consultation private'],
    atPhone(connectedWorld(), 'human', once(12_000), (frame) => ({
      ...frame,
      pilots: [callerPilot],
    })),
  ],
  [
    'one frame of the caller reaches the human during the briefing, in which the line is torn',
    ['consultation private'],
    atPhone(connectedWorld(), 'human', once(12_000), torn(callerPilot, 3)),
  ],
  [
    'one frame of the human reaches the caller on hold',
    ['consultation private'],
    atPhone(connectedWorld(), 'caller', once(12_000), (frame) => ({
      ...frame,
      pilots: [humanPilot],
    })),
  ],
  [
    'one frame of the briefing reaches the caller on hold',
    ['consultation private'],
    atPhone(connectedWorld(), 'caller', once(12_000), (frame) => ({
      ...frame,
      music: false,
      code: code.headline,
    })),
  ],

  // hold audio for the caller alone
  [
    'one frame of the hold audio reaches the human after the merge',
    ['hold audio for the caller alone'],
    atPhone(connectedWorld(), 'human', once(15_720), (frame) => ({ ...frame, music: true })),
  ],
  [
    'the caller on hold hears words, but never the tune',
    ['hold audio for the caller alone'],
    atPhone(connectedWorld(), 'caller', during(6_000, 15_700), (frame) =>
      frame.music ? { ...frame, music: false, code: code.onHold } : frame,
    ),
  ],
  [
    'the caller on hold hears nothing',
    ['hold audio for the caller alone', 'no gap on hold'],
    atPhone(abandonedWorld(), 'caller', during(6_000, 21_000), silence),
  ],

  // no gap on hold
  [
    'the tune stops for 1,100 ms',
    ['no gap on hold'],
    atPhone(connectedWorld(), 'caller', during(11_000, 12_100), silence),
  ],
  [
    'between the tune and the human there are 1,100 ms of silence',
    ['no gap on hold'],
    atPhone(connectedWorld(), 'caller', during(14_600, 15_700), silence),
  ],

  [
    'no packet arrives for 1,100 ms',
    ['no gap on hold'],
    withoutPackets(connectedWorld(), 'caller', during(11_000, 12_100)),
  ],

  // words on hold
  [
    'the caller on hold hears nothing but the tune for 22 s',
    ['words on hold'],
    heldFor(31_300, []),
  ],
  [
    'the caller on hold is told where it stands only once, after 21 s',
    ['words on hold'],
    heldFor(36_000, [30_300]),
  ],

  // human not alone
  [
    'no packet arrives at the human for 3.2 s',
    ['human not alone'],
    withoutPackets(connectedWorld(), 'human', during(8_000, 11_200)),
  ],
  [
    'nothing arrives any more at a human who is not released',
    ['human not alone'],
    withoutPackets(ignoredAfterDeclining(declinedWorld()), 'human', during(17_000, 30_000)),
  ],
  [
    'the human who picked up waits 3.2 s for the first word',
    ['human not alone'],
    atPhone(connectedWorld(), 'human', during(7_300, 10_220), silence),
  ],
  [
    'the human who was made the offer waits 7 s and is not asked again',
    ['human not alone'],
    undecidedFor(7_000),
  ],
  [
    'the AI says nothing more to a human who declined, and does not hang up either',
    ['human not alone'],
    ignoredAfterDeclining(declinedWorld()),
  ],

  // paused speech heard whole
  ...[
    ['speech that paused loses half a second', { resumesAtMs: 4_500 }] as const,
    ['speech that paused is not gone on with', { resumesAtMs: 6_000 }] as const,
    ['speech that was to pause does not', { resumesAtMs: 2_020, toMs: 4_000 }] as const,
    ['speech that paused repeats half a second', { resumesAtMs: 3_500 }] as const,
    ['the end of speech that paused is heard later', { toMs: 5_900, lateMs: 100 }] as const,
  ].map(([what, how]): [string, string[], World] => [
    what,
    ['paused speech heard whole'],
    pausedWorld(how),
  ]),
  [
    'speech that paused was never spoken',
    ['paused speech heard whole'],
    { ...pausedWorld(), spoken: [] },
  ],
  // told why
  ['the caller is told another reason', ['told why'], toldWorld('I lost the connection.')],
  [
    'the caller comes back to silence',
    ['told why'],
    atPhone(toldWorld(sentence.sorry), 'caller', during(17_600, 21_000), silence),
  ],
  [
    'the same words were heard only before the transfer',
    ['told why'],
    atPhone(
      atPhone(toldWorld(sentence.sorry), 'caller', during(17_600, 21_000), silence),
      'caller',
      during(1_000, 2_000),
      (frame) => ({ ...frame, code: code.sorry }),
    ),
  ],

  // AI hears nothing after the merge
  [
    'what the human says to the caller is still transcribed',
    ['AI hears nothing after the merge'],
    {
      ...connectedWorld(),
      heardByAi: [
        { atMs: 5_900, sentence: sentence.ask },
        { atMs: 18_700, sentence: sentence.goOn },
      ],
    },
  ],
  [
    'what the caller says to the human is still transcribed',
    ['AI hears nothing after the merge'],
    { ...connectedWorld(), heardByAi: [{ atMs: 20_950, sentence: sentence.reply }] },
  ],

  // each leg closed once
  [
    'the human is never released',
    ['each leg closed once'],
    { ...connectedWorld(), human: stillUp(connectedWorld().human!) },
  ],
  [
    'the caller is never released',
    ['each leg closed once'],
    { ...connectedWorld(), caller: stillUp(connectedWorld().caller) },
  ],
  [
    'the caller is sent a BYE, and is on the line still',
    ['each leg closed once'],
    { ...connectedWorld(), caller: { ...stillUp(connectedWorld().caller), endings: 1 } },
  ],
  [
    "the human's leg falls silent without a BYE",
    ['each leg closed once'],
    { ...connectedWorld(), human: { ...connectedWorld().human!, endings: 0 } },
  ],
  [
    'the human is hung up on twice',
    ['each leg closed once'],
    { ...connectedWorld(), human: { ...connectedWorld().human!, endings: 2 } },
  ],

  // rooms gone
  ['a room is left', ['rooms gone'], { ...connectedWorld(), roomsLeft: ['consult-AJ_1-1'] }],
  [
    'the rooms are gone 6 s after the hang-up',
    ['rooms gone'],
    { ...connectedWorld(), roomsGoneAtMs: 27_000 },
  ],
  [
    'the rooms are gone 6 s after the death of the caller’s phone was noticed',
    ['rooms gone'],
    { ...callerVanishedWorld(), roomsGoneAtMs: 27_010 },
  ],
  ['nobody saw the rooms go', ['rooms gone'], neverSeenGone(connectedWorld())],

  ['a job is left', ['job ended'], { ...connectedWorld(), jobsLeft: 1 }],
  [
    'a fact came that the table calls impossible',
    ['nothing unexpected'],
    withMore(
      connectedWorld(),
      record(15_900, {
        type: 'unexpectedEvent',
        attempt: 'AJ_1-1',
        phase: 'connected',
        event: 'mergeFailed',
      }),
    ),
  ],
  [
    'a promise of a job was rejected, and nobody looked',
    ['no unhandled rejection'],
    // The line that the SDK writes at level debug (ipc/job_proc_lazy_main).
    printing('{"level":20,"msg":"Unhandled promise rejection in job process"}'),
  ],
  [
    "the human's number is in a line of the log",
    ['no phone number in the log'],
    printing('{"level":20,"attributes":{"sip.phoneNumber":"+12025550123"}}'),
  ],
  [
    "the caller's number is in an address",
    ['no phone number in the log'],
    printing('{"level":30,"from":"sip:12025550147@127.0.0.1"}'),
  ],
  [
    "the human's number is written as people at home write it",
    ['no phone number in the log'],
    printing('{"level":30,"msg":"calling 2025550123"}'),
  ],
  [
    'there is no log at all to look into',
    ['no phone number in the log'],
    { ...connectedWorld(), workerLines: [] },
  ],
];

/** The caller is on hold until they give up at `untilMs`, and is told how it stands at each moment of `remindedMs`. */
function heldFor(untilMs: number, remindedMs: number[]): World {
  const world = abandonedWorld();
  const { greeting, onHold } = begin();
  const reminders = remindedMs.map((atMs) => ({
    fromMs: atMs,
    toMs: atMs + 2_000,
    code: code.ringing,
  }));
  const frames = listen({ fromMs: 120, toMs: untilMs }, [
    greeting,
    onHold,
    ...reminders,
    { fromMs: 6_100, toMs: untilMs, music: true },
  ]);
  const laterMs = untilMs - world.caller.ended!.atMs;
  const later = <T extends { atMs: number }>(one: T): T => ({ ...one, atMs: one.atMs + laterMs });
  return withEvents(
    {
      ...world,
      caller: { ...world.caller, frames, ended: later(world.caller.ended!) },
      human: { ...world.human!, ended: later(world.human!.ended!) },
      roomsGoneAtMs: world.roomsGoneAtMs! + laterMs,
    },
    (event) => (event.atMs > 21_000 ? later(event) : event),
  );
}

function ignoredAfterDeclining(world: World): World {
  const frames = listen({ fromMs: 7_020, toMs: 20_500 }, [
    { fromMs: 7_300, toMs: 15_000, code: code.headline },
  ]);
  return {
    ...world,
    human: { ...world.human!, frames, ended: { atMs: 20_500, by: 'them', how: 'BYE' } },
  };
}

function stillUp(leg: LegRecord): LegRecord {
  const { ended: _, ...up } = leg;
  return { ...up, endings: 0 };
}

function neverSeenGone(world: World): World {
  const { roomsGoneAtMs: _, ...rest } = world;
  return rest;
}

function printing(line: string): World {
  const world = connectedWorld();
  return { ...world, workerLines: [...world.workerLines, line] };
}

/** What fails in these is no matter of time, so that no machine is too slow for it; in all others it is. */
const neverStarved = [
  'two outcomes',
  'somebody else is blamed',
  'accepted in another way',
  'the call ended twice',
  'another SIP status is put on record',
  'a message is sent again after it was acknowledged',
  'a message is acknowledged twice',
  'a message is not signed',
  'a message is delivered that nobody confirmed',
  'the caller is told of a message before it is kept',
  'the caller is told of a message that was never kept',
  'the session is closed twice',
  'they heard each other although the human declined',
  'one frame of the caller reaches the human during the briefing',
  'one frame of the caller reaches the human during the briefing, in which the line is torn',
  'one frame of the human reaches the caller on hold',
  'one frame of the briefing reaches the caller on hold',
  'one frame of the hold audio reaches the human after the merge',
  'what the human says to the caller is still transcribed',
  'what the caller says to the human is still transcribed',
  'the human is hung up on twice',
  'a fact came that the table calls impossible',
  'a promise of a job was rejected, and nobody looked',
  "the human's number is in a line of the log",
  "the caller's number is in an address",
  "the human's number is written as people at home write it",
  'there is no log at all to look into',
];

test('what no machine is too slow for is never excused', () => {
  const never = wrongWorlds.filter(([, , world]) =>
    judge(world).some((result) => !result.pass && !result.ofTime),
  );
  expect(never.map(([title]) => title)).toEqual(neverStarved);
});

describe('a wrong world fails its check, and no other', () => {
  test.each<[string, string, Partial<LegRecord>]>([
    ['that is still up', 'each leg closed once', { endings: 0 }],
    ['who heard the caller', 'consultation private', { pilots: [callerPilot] }],
    ['who was left in silence', 'human not alone', { answeredAtMs: 6_500 }],
  ] as [string, string, Partial<LegRecord>][])('an earlier human %s', (_, check, wrong) => {
    const { pilots = [], ...changes } = wrong as Partial<LegRecord> & { pilots?: number[] };
    const heard = { atMs: 6_600, levelDb: -25, pilots, music: false };
    const refused = { atMs: 10_000, by: 'us', how: 'rejected', status: 486 } as const;
    const leg: LegRecord = {
      pilot: 5,
      frames: [heard],
      said: [],
      pressed: [],
      endings: 1,
      ended: refused,
      ...changes,
    };
    expect(failing({ ...connectedWorld(), earlier: [leg] })).toEqual([check]);
  });

  test('an attempt that was expected and did not come to be', () => {
    const world = connectedWorld();
    const expected = { ...world.expected, before: [{ outcome: 'busy' as const }] };
    expect(failing({ ...world, expected })).toEqual(['one outcome']);
    const busy = record(6_300, {
      type: 'transferEnded',
      attempt: 'AJ_1-0',
      outcome: 'busy',
      blame: 'human',
    });
    expect(failing(withMore({ ...world, expected }, busy))).toEqual(['one outcome']);
  });

  test.each(wrongWorlds)('%s', (_, expected, world) => {
    expect(failing(world).sort()).toEqual([...expected].sort());
  });

  test.each(checks.map((check) => [check(connectedWorld()).check, check] as const))(
    'for "%s" there is one',
    (_, check) => {
      expect(wrongWorlds.filter(([, , world]) => !check(world).pass)).not.toEqual([]);
    },
  );
});

test('a busy number before the one that was connected is right, when it is expected', () => {
  const world = connectedWorld();
  const expected = { ...world.expected, before: [{ outcome: 'busy' as const }] };
  const attempt = { attempt: 'AJ_1-0' };
  const events = [
    record(6_010, { type: 'transferStarted', ...attempt, destination: 'billing' }),
    record(6_100, { type: 'transferEnded', ...attempt, outcome: 'busy', blame: 'human' }),
  ];
  const started = world.events.findIndex((e) => e.type === 'transferStarted');
  const all = [...world.events.slice(0, started), ...events, ...world.events.slice(started)];
  expect(judge({ ...world, expected, events: all }).filter(({ pass }) => !pass)).toEqual([]);
});

describe('latencies', () => {
  test('of a call that was connected', () => {
    expect(latencies(connectedWorld())).toEqual({
      decisionToInvite: 200,
      answerToFirstWord: 300,
      headlineComplete: 8_050,
      acceptanceToBridged: 200,
      hangUpToBye: 80,
      hangUpToRoomsGone: 250,
      longestGapOnHold: 160,
    });
  });

  test('count from the end of the word when the human said yes', () => {
    const world = connectedWorld();
    const yes = { sentence: 'Yes, please.', startedAtMs: 14_000, endedAtMs: 15_200 };
    const human = { ...world.human!, pressed: [], said: [yes, ...world.human!.said] };
    expect(latencies({ ...world, human }).acceptanceToBridged).toBe(500);
  });

  test('are the same when the human hangs up first', () => {
    expect(latencies(humanHangsUpFirst(connectedWorld()))).toMatchObject({
      hangUpToBye: 80,
      hangUpToRoomsGone: 250,
    });
  });

  test('of a call that was declined', () => {
    expect(latencies(declinedWorld())).toEqual({
      decisionToInvite: 200,
      answerToFirstWord: 300,
      headlineComplete: 8_050,
      hangUpToRoomsGone: 250,
      longestGapOnHold: 80,
    });
  });

  test('of a call that the caller abandoned', () => {
    expect(latencies(abandonedWorld())).toEqual({
      decisionToInvite: 200,
      hangUpToCancel: 100,
      hangUpToRoomsGone: 250,
      longestGapOnHold: 80,
    });
  });

  test('know no CANCEL where the human had answered before the caller abandoned the call', () => {
    const world = abandonedWorld();
    const ended = { atMs: 21_100, by: 'them', how: 'BYE' } as const;
    expect(latencies({ ...world, human: { ...world.human!, ended } })).toEqual({
      decisionToInvite: 200,
      hangUpToRoomsGone: 250,
      longestGapOnHold: 80,
    });
  });
});
