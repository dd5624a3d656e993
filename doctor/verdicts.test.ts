import { describe, expect, test } from 'vitest';
import { look } from './healthy.ts';
import type { Orphan } from './orphans.ts';
import type { Answer, Look } from './seen.ts';
import { verdictsOn } from './verdicts.ts';

const wrong = (seen: Look) => verdictsOn(seen).filter(({ mend }) => mend !== undefined);

/** A receiver of messages that says this to HEAD, or to the POST after it. */
const receiver = (status: number, method: 'HEAD' | 'POST' = 'HEAD') => answers({ method, status });
const answers = (answer: Answer) => look({ webhook: { url: 'https://a.example', answer } });

/** A room that was left behind. */
const left = (changes: Partial<Orphan> = {}, unseen = 0) => {
  const orphan: Orphan = {
    room: 'call-1',
    createdAtMs: 0,
    metadata: '',
    kind: 'call',
    people: 1,
    mayEnd: true,
    ...changes,
  };
  return look({ rooms: { orphans: [orphan], unseen } });
};

describe('all is well', () => {
  test('each thing has a line, and nothing is to be mended', () => {
    expect(wrong(look())).toEqual([]);
    expect(verdictsOn(look()).map(({ about }) => about)).toEqual([
      'configuration',
      'credentials',
      'clock',
      'inbound trunk ST_in',
      'outbound trunk ST_out',
      'dispatch rule SDR_1',
      'merge',
      'message webhook',
      'rooms',
    ]);
  });

  test('but the keys of the providers were not tried, and that is said', () => {
    expect(verdictsOn(look())[0]!.says).toContain('keys of the providers were not tried');
  });

  test.each<[string, Look]>([
    ['a clock 30 s ahead', look({ clockAheadS: 30 })],
    ['a clock 4 min behind', look({ clockAheadS: -240 })],
    ['a receiver that refuses what is not signed', receiver(401, 'POST')],
    ['a receiver that refuses an empty message', receiver(400, 'POST')],
    ['a receiver that has said that it takes POST', receiver(405)],
    ['a receiver that wants a signature even for HEAD', receiver(401)],
    ['a receiver that has no time for HEAD', receiver(429)],
  ])('%s', (_, seen) => {
    expect(wrong(seen)).toEqual([]);
  });

  test('a receiver that takes what is not signed is there, and that it does so is said', () => {
    const says = (seen: Look) => verdictsOn(seen).find(({ about }) => about === 'message webhook');
    expect(says(receiver(200, 'POST'))!.says).toContain('asks for no signature');
    expect(says(receiver(200))!.says).not.toContain('signature');
  });
});

test.each<[string, Look, string, string]>([
  [
    'a fault of the environment',
    look({ faults: ['HUMAN_NUMBER is missing.'] }),
    'HUMAN_NUMBER',
    '.env.local',
  ],
  ['a wrong key', look({ access: { kind: 'refused' } }), 'refuses', 'copy LIVEKIT_API_KEY'],
  [
    'a server that is away',
    look({ access: { kind: 'silent', why: 'ECONNREFUSED' } }),
    'nothing answers at wss://project.example.com (ECONNREFUSED)',
    'LIVEKIT_URL',
  ],
  [
    'an address of somebody else',
    look({ access: { kind: 'otherwise', status: 404 } }),
    'answers 404, which is not LiveKit',
    'check LIVEKIT_URL',
  ],
  [
    'the address of a web page',
    look({ access: { kind: 'otherwise' } }),
    'answers with something else, which is not LiveKit',
    'check LIVEKIT_URL',
  ],
  [
    'a server that is broken',
    look({ access: { kind: 'otherwise', status: 503 } }),
    'answers 503',
    'try again',
  ],
  [
    'a server that is asked too often',
    look({ access: { kind: 'otherwise', status: 429 } }),
    'answers 429',
    'try again',
  ],
  ['a clock ahead', look({ clockAheadS: 31 }), '31 s ahead of', 'timedatectl'],
  ['a clock behind', look({ clockAheadS: -241 }), '241 s behind', 'timedatectl'],
  [
    'a server that lists no trunks',
    look({ sip: { unknown: 'status 500: sip not connected (redis required)' } }),
    'does not list trunks and rules (status 500: sip not connected (redis required))',
    'Redis',
  ],
  ['a server without MoveParticipant', look({ canMove: false }), 'MoveParticipant', 'lab/server'],
  [
    'a server of which that is not known',
    look({ canMove: { unknown: 'status 503' } }),
    'could not be found out whether the server moves participants (status 503)',
    'try again',
  ],
  [
    'a receiver that is down',
    answers({ unknown: 'ECONNREFUSED' }),
    'no answer (ECONNREFUSED)',
    'MESSAGE_WEBHOOK_URL',
  ],
  ['a receiver that is broken', receiver(502), '502', 'receiver'],
  ['a receiver at another path', receiver(404, 'POST'), 'answers 404 to POST', 'correct'],
  ['a receiver that takes no POST', receiver(405, 'POST'), 'answers 405 to POST', 'correct'],
  ['a receiver that breaks at a POST', receiver(501, 'POST'), 'answers 501 to POST', 'receiver'],
  [
    'a receiver that has moved',
    receiver(301),
    'redirects (301)',
    'put the final address into MESSAGE_WEBHOOK_URL',
  ],
  ['a room that was left behind', left(), 'call-1 has lost its AI; 1 person is in it', '--fix'],
  [
    'two who talk, unwatched',
    left({ people: 2, mayEnd: false }),
    '2 people are in it',
    'lk room delete call-1',
  ],
  [
    'a room that somebody sees to',
    left({ isSeenTo: true }),
    'call-1 has lost its AI',
    'another AI may be on its way; try again: pnpm doctor',
  ],
  [
    'rooms that cannot be looked into',
    look({ rooms: { orphans: [], unseen: 2 } }),
    '2 of ours could not be looked into',
    'try again',
  ],
  [
    'rooms that cannot be listed',
    look({ rooms: { unknown: 'status 503' } }),
    'could not be looked at (status 503)',
    'try again',
  ],
])('%s is said, with how to mend it', (_, seen, says, mend) => {
  expect(wrong(seen)).toHaveLength(1);
  expect(wrong(seen)[0]!.says).toContain(says);
  expect(wrong(seen)[0]!.mend).toContain(mend);
});

test('where rooms could not be looked into nobody says that none was left behind', () => {
  for (const rooms of [{ unknown: 'no' }, { orphans: [], unseen: 1 }]) {
    const said = verdictsOn(look({ rooms })).map(({ says }) => says);
    expect(said).not.toContain('none was left behind');
  }
  expect(wrong(left({}, 1)).map(({ says }) => says)).toEqual([
    'call-1 has lost its AI; 1 person is in it',
    '1 of ours could not be looked into',
  ]);
});

describe('a key that is refused by a server with another time', () => {
  test.each([31, 3_600, -241, -3_600])(
    '%i s apart: the clock comes first, and is to be mended first',
    (aheadS) => {
      const seen = wrong(look({ access: { kind: 'refused' }, clockAheadS: aheadS }));
      expect(seen.map(({ about }) => about)).toEqual(['clock', 'credentials']);
      expect(seen[1]!.mend).toContain('mend the clock first');
      expect(seen[1]!.mend).not.toContain('copy');
    },
  );

  test.each([undefined, 0, 30, -240])('%s s apart: it is the key', (clockAheadS) => {
    const seen = wrong(look({ access: { kind: 'refused' }, clockAheadS }));
    expect(seen.map(({ mend }) => mend)).toEqual([expect.stringContaining('copy LIVEKIT_API_KEY')]);
  });
});

test('what was not asked for has no line', () => {
  const { sip: _, clockAheadS: __, canMove: ___, webhook: ____, rooms: _____, ...rest } = look();
  expect(verdictsOn(rest).map(({ about }) => about)).toEqual(['configuration', 'credentials']);
});
