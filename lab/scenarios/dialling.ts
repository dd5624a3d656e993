/**
 * The ways in which the dial of the human can fail, as tables: what the phone, the carrier or the trunk does, what becomes
 * of it, and what the caller hears. What is not this story's is left out: it is over when the caller has heard why.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { SIPTransport } from '@livekit/protocol';
import type { Words } from '../../agent/words.ts';
import type { Expected } from '../checks/world.ts';
import { spokenNames } from '../network/departments.ts';
import type { TrunkChanges } from '../network/trunk.ts';
import type { WhenCalled } from '../phone/incoming-call.ts';
import { type Scenario, lines, whatNext } from './scenario.ts';
import type { Stage } from './stage.ts';

/** For the words at the beginning of the hold, which may still be on their way, and those that say why. */
const limitMs = 20_000;

/** `outcome` is the key of the words that the caller hears. */
type End = { outcome: keyof Words['failed']; blame: Expected['blame'] };

const busy: End = { outcome: 'busy', blame: 'human' };
const declined: End = { outcome: 'declined', blame: 'human' };
const noAnswer: End = { outcome: 'no_answer', blame: 'human' };
const unreachable: End = { outcome: 'unreachable', blame: 'carrier' };
const blocked: End = { outcome: 'carrier_blocked', blame: 'carrier' };
const trunkFailed: End = { outcome: 'trunk_failed', blame: 'us' };

/** Final answers to the INVITE. */
const statuses: readonly [status: number, title: string, end: End, ringForMs?: number][] = [
  [486, "the human's phone is busy", busy],
  [600, 'all phones of the human are busy', busy],
  [603, 'the human declines the call', declined],
  [608, 'a carrier on the way blocks the call', blocked],
  [480, "the human's phone is not registered", unreachable],
  [480, "the human's phone rings, and the other side gives up first", noAnswer, 1_500],
  [408, 'the other side waits for a phone that says nothing', unreachable],
  [404, 'nobody has that number', unreachable],
  [403, 'the carrier does not let us call', trunkFailed],
  [488, 'the other side takes none of our codecs', trunkFailed],
  [500, "the carrier's server is broken", unreachable],
  [503, 'the carrier has no line free', unreachable],
];

function refused([status, title, end, ringForMs]: (typeof statuses)[number]): Scenario {
  return dialFails({
    name: status === 486 ? 'busy' : `dial-${status}${ringForMs ? '-after-ringing' : ''}`,
    title: `${title} (${status})`,
    end,
    sipStatus: status,
    play: isCalled({ then: { reject: status }, ...(ringForMs && { ringForMs }) }),
  });
}

/**
 * Twilio's way of saying what 608 says. livekit-sip 1.8 does not pass the header on, so the caller is told what is true of
 * both: nobody takes the call now.
 */
const blockedByTwilio = dialFails({
  name: 'dial-603-with-x-twilio-error',
  title: 'a carrier blocks the call as fraud and says so in a header (603, X-Twilio-Error)',
  end: declined,
  sipStatus: 603,
  play: isCalled({
    then: { reject: 603, headers: { 'X-Twilio-Error': 'blocked as fraud' } },
  }),
});

const ringOut = dialFails({
  name: 'no-answer',
  title: "the human's phone rings until our limit",
  end: noAnswer,
  play: isCalled({ then: 'ring forever' }),
});

function isCalled(behaviour: WhenCalled): Scenario['play'] {
  return async (stage) => {
    stage.humanPhone.whenCalled(behaviour);
    await stage.callerAsks(lines.ask);
    await stage.humanIsCalled();
  };
}

/** What is wrong with the trunk, given the port of somebody who takes every packet and answers none. */
const trunks: readonly {
  name: string;
  title: string;
  end: End;
  trunk: TrunkChanges | 'gone' | ((silentPort: number) => TrunkChanges);
  phone?: WhenCalled;
}[] = [
  {
    name: 'trunk-wrong-password',
    title: "the trunk's password is not the one that the carrier wants",
    end: trunkFailed,
    trunk: { authUsername: 'trunk', authPassword: 'wrong' },
    phone: {
      then: { answer: true },
      requireDigest: { username: 'trunk', password: 'right' },
    },
  },
  {
    name: 'trunk-refuses-tcp',
    title: 'nobody listens at the address of the trunk (TCP)',
    end: trunkFailed,
    trunk: (silentPort) => ({
      address: `127.0.0.1:${silentPort}`,
      transport: SIPTransport.SIP_TRANSPORT_TCP,
    }),
  },
  {
    name: 'trunk-unknown-name',
    title: "the name in the trunk's address does not resolve",
    end: trunkFailed,
    // No label may be longer than 63 letters (RFC 1035), so resolvers refuse this one without asking anybody.
    trunk: { address: `${'no-such-name-'.repeat(5)}.invalid:5060` },
  },
  {
    name: 'trunk-silent',
    title: 'the trunk leads to somebody who never answers (UDP)',
    end: unreachable,
    trunk: (silentPort) => ({ address: `127.0.0.1:${silentPort}` }),
  },
  {
    name: 'trunk-deleted',
    title: 'the trunk was deleted after the worker had started',
    end: trunkFailed,
    trunk: 'gone',
  },
];

function misled({ name, title, end, trunk, phone }: (typeof trunks)[number]): Scenario {
  return dialFails({
    name,
    title,
    end,
    play: async (stage) => {
      const silent = createSocket('udp4').bind(0, '127.0.0.1');
      await once(silent, 'listening');
      const changes = typeof trunk === 'function' ? trunk(silent.address().port) : trunk;
      if (phone) stage.humanPhone.whenCalled(phone);
      try {
        await stage.lab.withTrunk(changes, async () => {
          await stage.callerAsks(lines.ask);
          await stage.reaches('returning');
        });
      } finally {
        silent.close();
      }
    },
  });
}

function dialFails(options: {
  name: string;
  title: string;
  end: End;
  sipStatus?: number;
  play: (stage: Stage) => Promise<void>;
}): Scenario {
  const { name, title, end, sipStatus, play } = options;
  return {
    name,
    title,
    expected: ({ failed }) => ({
      ...end,
      told: failed[end.outcome](spokenNames.billing),
      cause: 'callerLeft',
      ...(sipStatus && { sipStatus }),
    }),
    play: async (stage) => {
      await play(stage);
      const call = stage.callerCall!;
      const { atMs: sinceMs } = await stage.reaches('returning');
      // What is said after the reason: so they have heard it to its end, and the words of the hold before it.
      await call.hears({ sentence: whatNext(stage.words), sinceMs }, limitMs);
      call.hangUp();
    },
  };
}

const withoutRedis = dialFails({
  name: 'dial-without-redis',
  title: 'LiveKit is without its redis when the human is to be called',
  end: trunkFailed,
  play: async (stage) => {
    await stage.callerIsGreeted();
    await stage.says('caller', lines.ask);
    // Gone before their words are understood, and back soon: a call does not survive redis for long.
    await stage.lab.withoutRedis(async () => {
      await stage.reaches('returning');
    });
  },
});

export const dialling: readonly Scenario[] = [
  ...statuses.map(refused),
  blockedByTwilio,
  ringOut,
  ...trunks.map(misled),
  withoutRedis,
];
