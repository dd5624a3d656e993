/** What the environment says, and what is wrong with it. It is handed in; main.ts alone reads the process's own. */
import { ConfigError, readConfig } from '../agent/config.ts';
import { Environment } from '../agent/environment.ts';
import { DEFAULT_AGENT_NAME, exampleValues } from '../sip/checks.ts';
import type { Look, Server } from './seen.ts';

export type Settings = Pick<Look, 'agentName' | 'outboundTrunkId' | 'faults'> & {
  /** Left out when it cannot be asked: something is missing, or is still the example. */
  server?: Server;
  /** Where messages of callers go, on the same condition. */
  receiver?: string;
};

/** @param options.allowExampleValues for a test server: take values that exist for documentation. */
export function readSettings(options: {
  env: NodeJS.ProcessEnv;
  allowExampleValues: boolean;
}): Settings {
  const { env, allowExampleValues } = options;
  const { faults, numbers } = configured(env);
  const examplesIn = (value: unknown, name: string) =>
    allowExampleValues ? [] : exampleValues(value, name);
  const names = Object.keys(Environment.shape) as (keyof typeof Environment.shape)[];
  const usable = (name: (typeof names)[number]) => {
    const value = Environment.shape[name].safeParse(env[name]).data;
    const isUsable = typeof value === 'string' && examplesIn(value, name).length === 0;
    return isUsable ? value : undefined;
  };
  const [url, apiKey] = [usable('LIVEKIT_URL'), usable('LIVEKIT_API_KEY')];
  const apiSecret = usable('LIVEKIT_API_SECRET');
  const receiver = usable('MESSAGE_WEBHOOK_URL');
  return {
    agentName: env['AGENT_NAME'] || DEFAULT_AGENT_NAME,
    outboundTrunkId: usable('SIP_OUTBOUND_TRUNK_ID'),
    faults: [
      ...faults,
      ...names.flatMap((name) => examplesIn(env[name], name)),
      ...examplesIn(numbers, 'departments'),
    ],
    ...(url && apiKey && apiSecret && { server: { url, apiKey, apiSecret } }),
    ...(receiver && { receiver }),
  };
}

/** What the worker itself would complain of, and the numbers of each department beside HUMAN_NUMBER. */
function configured(env: NodeJS.ProcessEnv) {
  try {
    const { departments } = readConfig(env).directory;
    const numbers = [...departments].map(([key, destination]) => {
      return [key, destination.numbers.filter((number) => number !== env['HUMAN_NUMBER'])] as const;
    });
    return { faults: [], numbers: Object.fromEntries(numbers) };
  } catch (error) {
    if (error instanceof ConfigError) return { faults: error.faults, numbers: {} };
    throw error;
  }
}
