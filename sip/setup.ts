/**
 * `pnpm sip:setup`: applies the trunks and the dispatch rule of this folder to a LiveKit server and notes the outbound
 * trunk's ID for the agent. Safe to repeat. What it finds wrong it says all at once, before it changes anything.
 * It buys no numbers and knows no provider: see README.md for those.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { config } from 'dotenv';
import { setEnvLine } from './env-file.ts';
import { applySettings, type Change } from './reconcile.ts';
import { type Env, loadSettings, SetupError, type SipSettings } from './settings.ts';

const HELP = `Usage: pnpm sip:setup [options]

Applies inbound-trunk.json, outbound-trunk.json and dispatch-rule.json to the LiveKit server of
LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, and writes SIP_OUTBOUND_TRUNK_ID for the agent.

  --dir DIR               where the three files are (default: sip/)
  --env FILE              read first, and written (default: .env.local; .env is read after it)
  --dry-run               say what would be done, change nothing
  --allow-example-values  accept documentation numbers and hosts, for a test server
  --help                  this text

Exit code: 0 done, 1 refused or failed, 2 wrong usage.`;

const TRUNK_ID = 'SIP_OUTBOUND_TRUNK_ID';

/** What the SDK understands; it speaks HTTP also where the URL says ws. */
const URL_SCHEME = /^(wss?|https?):$/;

const OPTIONS = {
  dir: { type: 'string', default: import.meta.dirname },
  // Not --env-file: Node claims that name wherever it stands, and ends when the file does not exist yet.
  env: { type: 'string', default: '.env.local' },
  'dry-run': { type: 'boolean', default: false },
  'allow-example-values': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function setUp(options: {
  dir: string;
  envFile: string;
  dryRun: boolean;
  allowExampleValues: boolean;
}): Promise<void> {
  const { dir, envFile, dryRun, allowExampleValues } = options;
  const envText = readEnvFile(envFile);
  const env = { ...process.env } as Record<string, string>;
  config({ path: [envFile, '.env'], processEnv: env, quiet: true });
  const problems = checkServer(env);
  let settings: SipSettings | undefined;
  try {
    settings = loadSettings({ dir, env, allowExampleValues });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    problems.push(...error.problems);
  }
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = env;
  if (!settings || !url || !apiKey || !apiSecret || problems.length > 0) {
    throw new SetupError(problems);
  }
  const { outboundTrunkId } = await applySettings({
    server: { url, apiKey, apiSecret },
    settings,
    dryRun,
    onChange: (change) => console.log(inWords(change, dryRun)),
  });
  if (dryRun) return;
  const edited = setEnvLine(envText, TRUNK_ID, outboundTrunkId);
  // The file may hold secrets, so a new one is for its owner's eyes only.
  if (edited !== envText) writeFileSync(envFile, edited, { mode: 0o600 });
  console.log(`${envFile}: ${TRUNK_ID}=${outboundTrunkId}`);
}

/** Read before anything is changed, so that a file that cannot be opened stops it here. */
function readEnvFile(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  } catch (error) {
    throw new SetupError([`${path} cannot be read (${(error as Error).message}): see --env.`]);
  }
}

function checkServer(env: Env): string[] {
  return ['LIVEKIT_URL', 'LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET'].flatMap((name) => {
    const value = env[name] ?? '';
    // `.env.example` has "your-…" in all three.
    if (!/^(?!.*\byour-)\S+$/.test(value)) {
      return [`${name} is not set: copy it from cloud.livekit.io, Settings, Keys.`];
    }
    const isUsable = name !== 'LIVEKIT_URL' || URL_SCHEME.test(URL.parse(value)?.protocol ?? '');
    return isUsable ? [] : [`${name} is "${value}", but must look like wss://host or ws://host.`];
  });
}

function inWords({ kind, name, id, action, fields }: Change, dryRun: boolean): string {
  const done = dryRun && action !== 'unchanged' ? `would be ${action}` : action;
  const details = fields.length > 0 ? ` (${fields.join(', ')})` : '';
  return `${kind} ${name}: ${done} ${id}`.trimEnd() + details;
}

async function main(args: string[]): Promise<number> {
  try {
    const { values } = parseArgs({ args, options: OPTIONS });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    await setUp({
      dir: values.dir,
      envFile: values.env,
      dryRun: values['dry-run'],
      allowExampleValues: values['allow-example-values'],
    });
    return 0;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const isUsage = code.startsWith('ERR_PARSE_ARGS');
    // A fault of this program's own keeps its stack.
    if (!isUsage && code === '' && !(error instanceof SetupError)) throw error;
    const problems = error instanceof SetupError ? error.problems : [message];
    for (const problem of problems) console.error(`✗ ${problem}`);
    if (isUsage) console.error(`\n${HELP}`);
    return isUsage ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
