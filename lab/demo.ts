/**
 * `pnpm demo`: sets up what is needed, plays one whole call on this machine and tells it line by line. Ends with the
 * checks, each with its figure. Exit code 0 only when all of them hold, 2 for wrong usage.
 * With --keep the network stays up afterwards, for a call from a real softphone.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Lab } from './network/lab.ts';
import { realWords } from './network/words-file.ts';
import { Narrator } from './narrator.ts';
import { scenarios } from './scenarios/all.ts';
import { explain } from './scenarios/explain.ts';
import { playScenario } from './scenarios/run.ts';
import { usualScript } from './scenarios/scenario.ts';
import type { Stage } from './scenarios/stage.ts';
import { scenarioList } from './scenarios/list.ts';
import { prepare } from './setup/prepare.ts';

const usage = `Usage: pnpm demo [--scenario NAME] [--keep]
       pnpm demo --list`;

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        scenario: { type: 'string', default: 'accepted-by-voice' },
        keep: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return process.exit(2);
  }
}

/** Waits for Ctrl-C; until then every call to the line is answered by the AI. */
async function keep(lab: Lab): Promise<void> {
  const { username, password } = lab.sipUser;
  console.log(`
The network stays up until you press Ctrl-C. Call the AI from a softphone on this machine:
  address   ${lab.sipAddress}
  user      ${username}
  password  ${password}
  codec     PCMU (G.711 mu-law)
The AI's voice and ears are stand-ins, so it greets you, but understands the lab's own phones only.`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

const { scenario: name, keep: keepUp, list } = readArguments();
if (list) {
  console.log(scenarioList());
  process.exit(0);
}
const scenario = scenarios.get(name);
if (!scenario) {
  console.error(`There is no scenario "${name}". \`pnpm demo --list\` names them all.`);
  process.exit(2);
}
const tools = await prepare({ say: (line) => console.log(line) });
console.log(
  'Starting redis, livekit-server, livekit-sip, the stand-ins, the phones and the agent ...',
);
const lab = await Lab.start({
  tools,
  script: usualScript,
  words: realWords,
  faultyApi: scenario.faultyApi ?? false,
});
let passed = false;
try {
  console.log(`\n${scenario.name}: ${scenario.title}\n`);
  let stage: Stage | undefined;
  const narrator = new Narrator((line) => console.log(line));
  const { report } = await playScenario({
    lab,
    scenario,
    onStage: (set) => {
      stage = set;
      narrator.follow(set);
    },
  });
  passed = report.pass;
  console.log('');
  for (const { check, pass, figure } of report.checks) {
    console.log(`  ${pass ? '✓' : '✗'} ${check.padEnd(36)} ${figure}`);
  }
  const inWords = Object.entries(report.latencies).map(([what, ms]) => `${what} ${ms} ms`);
  console.log(`\n  ${inWords.join(', ')}`);
  if (!passed) console.error(`\n${explain({ report, stage })}`);
  else console.log(`\nAll ${report.checks.length} checks hold.`);
  if (keepUp) await keep(lab);
} finally {
  await lab.stop();
}
process.exit(passed ? 0 : 1);
