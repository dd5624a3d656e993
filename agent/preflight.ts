/**
 * Asks, before the worker takes calls, what no file of settings can tell: is LiveKit there, does it know us, is our trunk
 * there, and can messages be kept.
 */
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RoomServiceClient, ServerError, SipClient } from 'livekit-server-sdk';
import type { Config } from './config.ts';
import { limits } from './limits.ts';

export type Fault = { kind: 'unavailable' | 'misconfigured'; sentence: string };

/** @returns the first thing that keeps calls from working, in words that say what to do; undefined when all is well. */
export async function preflight(config: Config): Promise<Fault | undefined> {
  const { url, apiKey, apiSecret } = config.livekit;
  const options = { requestTimeout: limits.requestMs / 1000 };
  try {
    await new RoomServiceClient(url, apiKey, apiSecret, options).listRooms();
  } catch (error) {
    if (error instanceof ServerError && error.status === 401) {
      const sentence = `${url} does not accept LIVEKIT_API_KEY and LIVEKIT_API_SECRET: copy both again from the project's settings.`;
      return { kind: 'misconfigured', sentence };
    }
    const sentence = `LiveKit does not answer at ${url}: check LIVEKIT_URL, and that the server runs and can be reached from here.`;
    return { kind: 'unavailable', sentence };
  }
  const trunks = await new SipClient(url, apiKey, apiSecret, options)
    .listSipOutboundTrunk()
    .catch(() => undefined);
  if (trunks && !trunks.some((trunk) => trunk.sipTrunkId === config.outboundTrunkId)) {
    const sentence = `There is no outbound trunk ${config.outboundTrunkId} at ${url}: run \`pnpm sip:setup\`, which writes the right SIP_OUTBOUND_TRUNK_ID.`;
    return { kind: 'misconfigured', sentence };
  }
  return config.messageWebhook && folderFault(join(config.dataDir, 'messages'));
}

async function folderFault(folder: string): Promise<Fault | undefined> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    return undefined;
  } catch {
    const sentence = `Messages of callers cannot be kept in ${folder}: make it a folder that this user may write to, or name another as DATA_DIR.`;
    return { kind: 'misconfigured', sentence };
  }
}
