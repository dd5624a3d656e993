/**
 * `pnpm doctor`: looks at the LiveKit project that the environment names, and says in plain words what is wrong and how
 * to mend it. It changes nothing, except that with --fix it ends rooms that were left behind.
 */
import { parseArgs } from 'node:util';
import dotenv from 'dotenv';
import { ConfigError, Environment, readConfig } from '../agent/config.ts';
import { ServerApi } from '../agent/server-api.ts';
import { answerOf, lookAtServer } from './look.ts';
import { type Look, type Verdict, verdictsOn } from './verdicts.ts';

const HELP = `Usage: pnpm doctor [--fix] [--older-than SECONDS]

Looks at the LiveKit project of .env.local and .env, and says what is wrong and how to mend it.

  --fix                 end the rooms that lost their AI, except those in which people may be talking
  --older-than SECONDS  leave younger rooms alone: their AI may be on its way (default: 60)
  --help                this text

Exit code: 0 all is well, 1 something is to be mended, 2 wrong usage, 69 the server does not answer.`;

const options = {
  fix: { type: 'boolean', default: false },
  'older-than': { type: 'string', default: '60' },
  help: { type: 'boolean', default: false },
} as const;

async function examine(fix: boolean, olderThanMs: number): Promise<number> {
  dotenv.config({ path: ['.env.local', '.env'], quiet: true });
  const shape = Environment.shape;
  const env = process.env;
  const server = {
    url: shape.LIVEKIT_URL.safeParse(env['LIVEKIT_URL']).data,
    apiKey: shape.LIVEKIT_API_KEY.safeParse(env['LIVEKIT_API_KEY']).data,
    apiSecret: shape.LIVEKIT_API_SECRET.safeParse(env['LIVEKIT_API_SECRET']).data,
  };
  const faults = faultsOfConfig();
  const { url, apiKey, apiSecret } = server;
  if (!url || !apiKey || !apiSecret) {
    for (const fault of faults) console.log(`✗ configuration: ${fault}`);
    console.log('Without these nothing else can be looked at: see .env.example.');
    return 1;
  }
  const seen = await lookAtServer({ url, apiKey, apiSecret }, olderThanMs);
  const receiver = shape.MESSAGE_WEBHOOK_URL.safeParse(env['MESSAGE_WEBHOOK_URL']).data;
  const look: Look = {
    url,
    agentName: env['AGENT_NAME'] || 'support-agent',
    outboundTrunkId: shape.SIP_OUTBOUND_TRUNK_ID.safeParse(env['SIP_OUTBOUND_TRUNK_ID']).data,
    faults,
    ...seen,
    ...(receiver && { webhook: { url: receiver, answer: await answerOf(receiver) } }),
  };
  const ended = fix ? await endOrphans(new ServerApi({ url, apiKey, apiSecret }), look) : [];
  const left = look.orphans?.filter(({ room }) => !ended.includes(room));
  const verdicts = verdictsOn({ ...look, ...(left && { orphans: left }) });
  for (const verdict of verdicts) console.log(inWords(verdict));
  for (const room of ended) console.log(`✓ rooms: ${room} was ended`);
  const wrong = verdicts.filter(({ mend }) => mend !== undefined).length;
  console.log(wrong === 0 ? '\nAll is well.' : `\n${wrong} to mend.`);
  if (look.access === 'no answer') return 69;
  return wrong === 0 ? 0 : 1;
}

function faultsOfConfig(): readonly string[] {
  try {
    readConfig();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

/** @returns the rooms that are gone now. */
async function endOrphans(api: ServerApi, { orphans = [] }: Look): Promise<string[]> {
  const names = orphans.filter(({ mayEnd }) => mayEnd).map(({ room }) => room);
  const ends = await Promise.allSettled(names.map((name) => api.deleteRoom(name)));
  return names.filter((_, i) => ends[i]!.status === 'fulfilled');
}

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
  return examine(values.fix, olderThanS * 1000);
}

process.exitCode = await main(process.argv.slice(2));
