/**
 * The worker's process: reads the configuration, says every fault at once, waits for calls, and runs a guardian. Each call
 * runs in a job process of its own, which loads call.ts and nothing of this file.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerOptions, cli } from '@livekit/agents';
import dotenv from 'dotenv';
import { type Config, ConfigError, readConfig } from './config.ts';
import { callsFolder } from './guardian/call-file.ts';
import { readResumption } from './guardian/resumption.ts';
import { startGuardian } from './guardian/start.ts';
import { outliveLog } from './log.ts';
import { Delivery } from './messages/delivery.ts';
import { Spool } from './messages/spool.ts';
import { preflight } from './preflight.ts';
import { watchProcessor } from './shortage/index.ts';
import { drainMs, windUpAfter } from './wind-up.ts';
import { loading } from './workarounds/idle-processes.ts';
import { startLeanJobs, startNoTurnDetection } from './workarounds/lean-processes.ts';

// From sysexits.h, for whoever starts the worker by a script.
const exitCodes = { misconfigured: 78, unavailable: 69 };

outliveLog();
dotenv.config({ path: ['.env.local', '.env'], quiet: true });
const config = readConfigOrExit();
const fault = await preflight(config);
if (fault) {
  console.error(fault.sentence);
  process.exit(exitCodes[fault.kind]);
}
await startNoTurnDetection();
startLeanJobs(join(config.dataDir, 'stripped'));
const { healthPort, maxCalls, idleProcesses, drainS } = config.worker;
const intake = await watchProcessor({
  // In `pnpm dev` the SDK counts every call that there ever was.
  maxCalls: process.argv.includes('start') ? maxCalls : undefined,
  goesOn: (metadata) => readResumption(metadata) !== undefined,
});
cli.runApp(
  new ServerOptions({
    agent: fileURLToPath(new URL('call.ts', import.meta.url)),
    agentName: config.agentName,
    wsURL: config.livekit.url,
    apiKey: config.livekit.apiKey,
    apiSecret: config.livekit.apiSecret,
    ...(healthPort && { port: healthPort }),
    numIdleProcesses: idleProcesses,
    drainTimeout: drainMs(drainS),
    ...loading,
    requestFunc: intake.answer,
    loadFunc: intake.load,
  }),
);
// After runApp, which begins the log.
windUpAfter({ afterMs: drainS * 1_000, callsFolder: callsFolder(config.dataDir) });
await startGuardian(config);
if (config.messageWebhook) {
  const spool = new Spool(join(config.dataDir, 'messages'));
  new Delivery({ spool, webhook: config.messageWebhook }).start();
}

function readConfigOrExit(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const faults = error.faults.map((line) => `  - ${line}`).join('\n');
    console.error(
      `${error.message} Mend .env.local (see .env.example), then start again:\n${faults}`,
    );
    process.exit(exitCodes.misconfigured);
  }
}
