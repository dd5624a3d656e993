/** A guardian as it is configured, with or without webhooks. */
import { log } from '@livekit/agents';
import type { ServerConfig } from '../config.ts';
import { callsFolder } from './call-file.ts';
import { Guardian } from './guardian.ts';
import { Webhooks } from './webhooks.ts';

/** @returns the guardian, which has begun. */
export async function startGuardian(config: ServerConfig): Promise<Guardian> {
  const { livekit: server, agentName, dataDir, webhookPort } = config;
  const guardian = new Guardian({ server, agentName, callsFolder: callsFolder(dataDir) });
  guardian.start();
  if (webhookPort !== undefined) {
    const webhooks = new Webhooks({ server, onLeft: () => guardian.hasten() });
    // It only hastens, so a guardian without it is better than none.
    await webhooks.listen(webhookPort).catch((error: unknown) => {
      log().error(
        { error, webhookPort },
        'LiveKit webhooks cannot be taken: give GUARDIAN_WEBHOOK_PORT a free port',
      );
    });
  }
  return guardian;
}
