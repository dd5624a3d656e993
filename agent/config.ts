/**
 * The only reader of the environment. Called once by the worker and once by each job process, before a
 * call is answered. Every fault is reported at once, in words that say what to change.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { type Directory, loadDirectory } from './directory/directory.ts';
import { Environment, ServerEnvironment, makeSecret } from './environment.ts';
import { loadWords } from './load-words.ts';
import type { Webhook } from './messages/delivery.ts';
import type { Words } from './words.ts';

/** What it takes to look after the rooms of a project. */
export type ServerConfig = {
  livekit: { url: string; apiKey: string; apiSecret: string };
  agentName: string;
  /** Where jobs and worker keep what must outlive them. */
  dataDir: string;
  /** Where LiveKit's webhooks come in; undefined when none do. */
  webhookPort: number | undefined;
};
export type Config = ServerConfig & {
  openai: Provider;
  deepgram: Provider;
  cartesia: Provider;
  outboundTrunkId: string;
  worker: {
    healthPort: number | undefined;
    maxCalls: number | undefined;
    /** How many job processes wait for the next calls. */
    idleProcesses: number;
    /** How long calls may go on after the signal to stop, in s. */
    drainS: number;
  };
  directory: Directory;
  words: Words;
  /** Where messages of callers go. Without it the AI takes none. */
  messageWebhook: Webhook | undefined;
};
export type Provider = { apiKey: string; baseUrl: string | undefined };

/** Thrown for a configuration that cannot work; `faults` has one sentence for each mistake. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}.`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

const faultsOf = ({ issues }: z.ZodError): string[] =>
  issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`);

const serverConfig = (e: z.infer<typeof ServerEnvironment>): ServerConfig => ({
  livekit: { url: e.LIVEKIT_URL, apiKey: e.LIVEKIT_API_KEY, apiSecret: e.LIVEKIT_API_SECRET },
  agentName: e.AGENT_NAME ?? 'support-agent',
  dataDir: resolve(e.DATA_DIR ?? 'data'),
  webhookPort: e.GUARDIAN_WEBHOOK_PORT,
});

/** As the worker's own command line has it. */
export const logLevel = (env: NodeJS.ProcessEnv = process.env): string =>
  env['LOG_LEVEL'] ?? 'info';

/** Reads of the environment what looking after rooms takes. @throws ConfigError with every fault. */
export function readServerConfig(env: NodeJS.ProcessEnv = process.env): ServerConfig {
  const parsed = ServerEnvironment.safeParse(env);
  if (!parsed.success) throw new ConfigError(faultsOf(parsed.error));
  return serverConfig(parsed.data);
}

/**
 * Reads the environment, the directory file and the words.
 * @throws ConfigError with every fault of all three.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const parsed = Environment.safeParse(env);
  const faults = parsed.success ? [] : faultsOf(parsed.error);
  if (env['MESSAGE_WEBHOOK_URL'] && !env['MESSAGE_WEBHOOK_SECRET']) {
    faults.push(`MESSAGE_WEBHOOK_SECRET is missing: ${makeSecret}.`);
  }
  const file = env['DIRECTORY_FILE'] || fileURLToPath(new URL('directory.yaml', import.meta.url));
  // A fault of HUMAN_NUMBER is told once, under its own name, and not again for each line that refers to it.
  const humanNumber = Environment.shape.HUMAN_NUMBER.safeParse(env['HUMAN_NUMBER']).data;
  const directory = loadDirectory({ file, humanNumber: humanNumber ?? '+12025550100' });
  const words = loadWords({ language: env['LANGUAGE'], file: env['WORDS_FILE'] });
  for (const one of [directory, words]) if ('faults' in one) faults.push(...one.faults);
  if (!parsed.success || faults.length > 0 || 'faults' in directory || 'faults' in words) {
    throw new ConfigError(faults);
  }
  const e = parsed.data;
  const { MESSAGE_WEBHOOK_URL: receiver, MESSAGE_WEBHOOK_SECRET: key } = e;
  return {
    ...serverConfig(e),
    openai: { apiKey: e.OPENAI_API_KEY, baseUrl: e.OPENAI_BASE_URL },
    deepgram: { apiKey: e.DEEPGRAM_API_KEY, baseUrl: e.DEEPGRAM_BASE_URL },
    cartesia: { apiKey: e.CARTESIA_API_KEY, baseUrl: e.CARTESIA_BASE_URL },
    outboundTrunkId: e.SIP_OUTBOUND_TRUNK_ID,
    worker: {
      healthPort: e.HEALTH_PORT,
      maxCalls: e.WORKER_MAX_CALLS,
      idleProcesses: e.WORKER_IDLE_PROCESSES ?? 1,
      // LiveKit Cloud ends a worker after an hour, and parting from callers takes some seconds.
      drainS: e.WORKER_DRAIN_SECONDS ?? 3_585,
    },
    directory: directory.directory,
    words: words.words,
    messageWebhook: receiver && key ? { url: receiver, secret: key } : undefined,
  };
}
