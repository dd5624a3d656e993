/**
 * `pnpm doctor`: looks at the LiveKit project that the environment names, and says in plain words what is wrong and how
 * to mend it. It changes nothing that is there, except that with --fix it ends rooms that were left behind.
 */
import { parseArgs } from 'node:util';
import dotenv from 'dotenv';
import { ServerApi } from '../agent/server-api.ts';
import { readSettings } from './environment.ts';
import { type Fixed, endOrphans } from './fix.ts';
import { answerOf, lookAtRooms, lookAtServer } from './look.ts';
import type { Look, Server, Verdict } from './seen.ts';
import { verdictsOn } from './verdicts.ts';

const HELP = `Usage: pnpm doctor [options]

Looks at the LiveKit project of .env.local and .env, and says what is wrong and how to mend it. To see whether a
transfer can be merged, it opens two rooms of its own for a moment. The keys of the providers (language model,
speech to text, voice) are not tried: pnpm dev and a call do that.

  --fix                   end the rooms that lost their AI, except those in which people may be talking; it waits
                          first, and ends none to which another AI is sent meanwhile
  --older-than SECONDS    leave younger rooms alone: their AI may be on its way (default: 60)
  --allow-example-values  accept documentation numbers, hosts and keys, for a test server
  --help                  this text

Exit code: 0 all is well, 1 something is to be mended, 2 wrong usage, 69 the server does not answer or is broken.`;

const options = {
  fix: { type: 'boolean', default: false },
  'older-than': { type: 'string', default: '60' },
  'allow-example-values': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function examine(options: {
  fix: boolean;
  olderThanMs: number;
  allowExampleValues: boolean;
}): Promise<number> {
  const { fix, olderThanMs, allowExampleValues } = options;
  dotenv.config({ path: ['.env.local', '.env'], quiet: true });
  const settings = readSettings({ env: process.env, allowExampleValues });
  const { server, receiver, agentName, outboundTrunkId, faults } = settings;
  if (!server) {
    for (const fault of faults) console.log(`✗ configuration: ${fault}`);
    console.log('Without these nothing else can be looked at: see .env.example.');
    return 1;
  }
  const look: Look = {
    url: server.url,
    agentName,
    outboundTrunkId,
    faults,
    ...(await lookAtServer(server, olderThanMs)),
    ...(receiver && { webhook: { url: receiver, answer: await answerOf(receiver) } }),
  };
  const fixed = fix && look.rooms ? await mend(look, { server, olderThanMs }) : undefined;
  const verdicts = verdictsOn({ ...look, ...(fixed && { rooms: fixed.rooms }) });
  for (const says of fixed?.failed ?? [])
    verdicts.push({ about: 'rooms', says, mend: 'try again: pnpm doctor --fix' });
  for (const room of fixed?.ended ?? [])
    verdicts.push({ about: 'rooms', says: `${room} was ended` });
  for (const verdict of verdicts) console.log(inWords(verdict));
  const wrong = verdicts.filter(({ mend }) => mend !== undefined).length;
  console.log(wrong === 0 ? '\nAll is well.' : `\n${wrong} to mend.`);
  return isAway(look) ? 69 : Math.min(wrong, 1);
}

function mend(
  { rooms, clockAheadS }: Look,
  { server, olderThanMs }: { server: Server; olderThanMs: number },
): Promise<Fixed> {
  const api = new ServerApi(server);
  return endOrphans({
    rooms: rooms!,
    lookAgain: () => lookAtRooms({ server, olderThanMs, clockAheadS }),
    end: (room) => api.deleteRoom(room),
    say: (line) => console.log(line),
  });
}

const isAway = ({ access }: Look): boolean =>
  access.kind === 'silent' || (access.kind === 'otherwise' && (access.status ?? 0) >= 500);

const inWords = ({ about, says, mend }: Verdict): string =>
  mend === undefined ? `✓ ${about}: ${says}` : `✗ ${about}: ${says}\n    → ${mend}`;

function wrongUsage(message: string): number {
  console.error(`${message}\n\n${HELP}`);
  return 2;
}

async function main(args: string[]): Promise<number> {
  let values;
  try {
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    return wrongUsage((error as Error).message);
  }
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const olderThanS = Number(values['older-than']);
  if (!/^\d{1,6}$/.test(values['older-than'])) {
    return wrongUsage(`--older-than takes whole seconds, not "${values['older-than']}".`);
  }
  return examine({
    fix: values.fix,
    olderThanMs: olderThanS * 1000,
    allowExampleValues: values['allow-example-values'],
  });
}

process.exitCode = await main(process.argv.slice(2));
