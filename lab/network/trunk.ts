/**
 * Faults of the outbound trunk, for the time of a story: another address, another transport, wrong credentials, or no
 * trunk at all. Called by Lab. The application is not told; it goes on with the trunk's id.
 */
import type { SIPMediaConfig, SIPTransport } from '@livekit/protocol';
import { SipClient } from 'livekit-server-sdk';
import { redisDoes } from './probes.ts';

export type TrunkChanges = {
  /** Host and port. */
  address?: string;
  transport?: SIPTransport;
  authUsername?: string;
  authPassword?: string;
  /** With `mediaTimeout`: how long a phone may send nothing until its leg is given up. */
  media?: SIPMediaConfig;
};

/** Changes the trunk while `during` runs, then puts it back as it was, also when the story broke off. */
export async function withTrunk(options: {
  server: { url: string; apiKey: string; apiSecret: string };
  trunkId: string;
  changes: TrunkChanges;
  during: () => Promise<void>;
}): Promise<void> {
  const { server, trunkId, changes, during } = options;
  const sip = new SipClient(server.url, server.apiKey, server.apiSecret);
  const [trunk] = await sip.listSipOutboundTrunk({ trunkIds: [trunkId] });
  if (!trunk) throw new Error(`The lab's outbound trunk ${trunkId} is gone.`);
  const changed = trunk.clone();
  Object.assign(changed, changes);
  await sip.updateSipOutboundTrunk(trunkId, changed);
  try {
    await during();
  } finally {
    await sip.updateSipOutboundTrunk(trunkId, trunk);
  }
}

/** Where livekit-server keeps its outbound trunks. */
const trunksKey = 'sip_outbound_trunk';

/**
 * Has no outbound trunk while `during` runs, as after somebody deleted it. A trunk that is made anew gets another id, which
 * the application would not know; so livekit-server's record is set aside and put back.
 */
export async function withoutTrunk(redisPort: number, during: () => Promise<void>): Promise<void> {
  await redisDoes(redisPort, `RENAME ${trunksKey} set_aside`);
  try {
    await during();
  } finally {
    await redisDoes(redisPort, `RENAME set_aside ${trunksKey}`);
  }
}
