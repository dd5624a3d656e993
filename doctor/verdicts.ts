/** What a look at a project means, in plain words, and how to mend what is wrong. Pure; main.ts prints it. */
import { sipVerdicts } from './sip-verdicts.ts';
import { type Look, type Verdict, isUnknown } from './seen.ts';

/**
 * A token is valid from the second in which it was signed, for 10 min, and livekit-server forgives 1 min. Receivers of messages
 * forgive 5 min. Each with something to spare.
 */
const clockLimits = { aheadS: 30, behindS: 240 };

export function verdictsOn(look: Look): Verdict[] {
  return [
    ...configuration(look),
    // A key may be refused for no other reason than the clock.
    ...(look.access.kind === 'refused'
      ? [...clock(look), access(look)]
      : [access(look), ...clock(look)]),
    ...sipVerdicts(look),
    ...merge(look),
    ...webhook(look),
    ...rooms(look),
  ];
}

function configuration({ faults }: Look): Verdict[] {
  const about = 'configuration';
  if (faults.length === 0) {
    return [{ about, says: 'complete; the keys of the providers were not tried' }];
  }
  return faults.map((fault) => ({
    about,
    says: fault,
    mend: 'put it right in .env.local or agent/directory.yaml; .env.example says what each value is',
  }));
}

function access({ url, access: seen, clockAheadS }: Look): Verdict {
  if (seen.kind === 'accepted') return { about: 'credentials', says: `${url} accepts them` };
  if (seen.kind === 'refused') {
    const mend = isClockWrong(clockAheadS)
      ? 'mend the clock first: with a wrong one every key is refused'
      : "copy LIVEKIT_API_KEY and LIVEKIT_API_SECRET again from the project's settings";
    return { about: 'credentials', says: `${url} refuses them`, mend };
  }
  const about = 'server';
  const mend = 'check LIVEKIT_URL, and that the server runs and can be reached from here';
  if (seen.kind === 'silent')
    return { about, says: `nothing answers at ${url} (${seen.why})`, mend };
  const { status } = seen;
  const isTemporary = status !== undefined && (status >= 500 || status === 429);
  if (isTemporary) {
    return {
      about,
      says: `${url} answers ${status}`,
      mend: 'try again; if it stays, check LIVEKIT_URL',
    };
  }
  const what = status === undefined ? 'with something else' : String(status);
  return { about, says: `${url} answers ${what}, which is not LiveKit`, mend: 'check LIVEKIT_URL' };
}

const isClockWrong = (aheadS = 0): boolean =>
  aheadS > clockLimits.aheadS || -aheadS > clockLimits.behindS;

function clock({ clockAheadS }: Look): Verdict[] {
  if (clockAheadS === undefined) return [];
  const about = 'clock';
  if (!isClockWrong(clockAheadS)) return [{ about, says: "near enough to the server's" }];
  const how = clockAheadS > 0 ? 'ahead of' : 'behind';
  return [
    {
      about,
      says: `this machine is ${Math.abs(clockAheadS)} s ${how} the server; what is signed here may be refused`,
      mend: 'have the clock set by the network (timedatectl set-ntp true)',
    },
  ];
}

function merge({ canMove }: Look): Verdict[] {
  if (canMove === undefined) return [];
  const about = 'merge';
  if (canMove === true) return [{ about, says: 'the server moves participants between rooms' }];
  if (canMove === false) {
    return [
      {
        about,
        says: 'the server does not implement MoveParticipant: a human who accepts is not connected',
        mend: 'use LiveKit Cloud, or the livekit-server that lab/server builds (lab/server/README.md)',
      },
    ];
  }
  return [
    {
      about,
      says: `it could not be found out whether the server moves participants (${canMove.unknown})`,
      mend: 'try again; if it stays, see that WebRTC gets through from here to the server, as the worker needs it too',
    },
  ];
}

function webhook({ webhook: receiver }: Look): Verdict[] {
  if (!receiver) return [];
  const { url, answer } = receiver;
  const about = 'message webhook';
  if (isUnknown(answer))
    return [{ about, says: `${url}: no answer (${answer.unknown})`, mend: absent }];
  const { method, status } = answer;
  if (status >= 300 && status < 400) {
    const mend = 'put the final address into MESSAGE_WEBHOOK_URL: messages follow no redirect';
    return [{ about, says: `${url} redirects (${status})`, mend }];
  }
  // Told of HEAD, 405 is of one who has said that it takes POST.
  const isWrong =
    status >= 500 || [404, 410].includes(status) || (status === 405 && method === 'POST');
  if (isWrong) return [{ about, says: `${url} answers ${status} to ${method}`, mend: absent }];
  // Only where a POST was needed to find out; it had no signature.
  const isOpen = method === 'POST' && status < 300;
  return [{ about, says: `${url} is there${isOpen ? ', and asks for no signature' : ''}` }];
}

const absent =
  'start the receiver, or correct MESSAGE_WEBHOOK_URL; until then messages wait on disk';

function rooms({ rooms: seen }: Look): Verdict[] {
  if (!seen) return [];
  const about = 'rooms';
  const mend = 'try again: pnpm doctor';
  if (isUnknown(seen)) return [{ about, says: `could not be looked at (${seen.unknown})`, mend }];
  const { orphans, unseen } = seen;
  if (orphans.length + unseen === 0) return [{ about, says: 'none was left behind' }];
  const left = orphans.map(({ room, people, mayEnd, isSeenTo }) => {
    const inside = people === 1 ? '1 person is' : `${people} people are`;
    const says = `${room} has lost its AI; ${people === 0 ? 'nobody is' : inside} in it`;
    if (isSeenTo) return { about, says, mend: `another AI may be on its way; ${mend}` };
    const end = mayEnd
      ? 'pnpm doctor --fix ends it'
      : `they may be talking: it ends when they hang up, or with: lk room delete ${room}`;
    return { about, says, mend: end };
  });
  if (unseen === 0) return left;
  return [...left, { about, says: `${unseen} of ours could not be looked into`, mend }];
}
