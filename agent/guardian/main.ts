/** `pnpm guardian`: a guardian and nothing else, beside the workers or in their stead. Ends with Ctrl-C or SIGTERM. */
import { initializeLogger } from '@livekit/agents';
import dotenv from 'dotenv';
import { ConfigError, logLevel, readServerConfig } from '../config.ts';
import { outliveLog } from '../log.ts';
import { startGuardian } from './start.ts';

const misconfigured = 78;

outliveLog();
dotenv.config({ path: ['.env.local', '.env'], quiet: true });
initializeLogger({ pretty: process.stdout.isTTY, level: logLevel() });
try {
  const guardian = await startGuardian(readServerConfig());
  const stop = () => void guardian.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop).once('SIGINT', stop);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(`${error.message}\n${error.faults.map((line) => `  - ${line}`).join('\n')}`);
  process.exitCode = misconfigured;
}
