/**
 * `pnpm scenario NAME --times N`: plays one scenario N times and prints one JSON line for each run.
 * With --hurried everybody talks as fast as in the tests, and the AI in its short words; with --words it says those of a file. Progress and explanations go to stderr. Exit code 0 when every
 * run passed, 1 when one did not, 2 for wrong usage.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { HURRIED_WORDS_PER_MINUTE } from './audio/speech.ts';
import { Lab } from './network/lab.ts';
import { realWords } from './network/words-file.ts';
import { scenarios } from './scenarios/all.ts';
import { explain } from './scenarios/explain.ts';
import { scenarioList } from './scenarios/list.ts';
import { playScenario } from './scenarios/run.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { usualScript, wordsFor } from './scenarios/scenario.ts';
import type { Stage } from './scenarios/stage.ts';
import { prepare } from './setup/prepare.ts';

const usage = `Usage: pnpm scenario NAME [--times N] [--hurried] [--words FILE]
       pnpm scenario --list`;

function wrongUsage(message: string): never {
  console.error(`${message}\n${usage}`);
  process.exit(2);
}

function readArguments(): {
  scenario: Scenario;
  times: number;
  hurried: boolean;
  words: string | undefined;
} {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        times: { type: 'string', default: '1' },
        hurried: { type: 'boolean', default: false },
        words: { type: 'string' },
        list: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    wrongUsage(error instanceof Error ? error.message : String(error));
  }
  if (parsed.values.list) {
    console.log(scenarioList());
    process.exit(0);
  }
  const [name, ...more] = parsed.positionals;
  if (!name || more.length > 0) wrongUsage('Name one scenario.');
  const scenario = scenarios.get(name);
  if (!scenario)
    wrongUsage(`There is no scenario "${name}". \`pnpm scenario --list\` names them all.`);
  const times = Number(parsed.values.times);
  if (!Number.isInteger(times) || times < 1 || times > 1000) {
    wrongUsage(`--times takes a whole number from 1 to 1000, not "${parsed.values.times}".`);
  }
  const { hurried, words } = parsed.values;
  if (words && !existsSync(words)) wrongUsage(`There is no file ${words}.`);
  return { scenario, times, hurried, words };
}

const { scenario, times, hurried, words } = readArguments();
const tools = await prepare({ say: (line) => console.error(line) });
const lab = await Lab.start({
  tools,
  script: usualScript,
  faultyApi: scenario.faultyApi ?? false,
  ...(hurried && { wordsPerMinute: HURRIED_WORDS_PER_MINUTE }),
  words: words ? resolve(words) : hurried ? wordsFor(scenario) : realWords,
});
let failures = 0;
try {
  for (let run = 1; run <= times; run++) {
    let stage: Stage | undefined;
    const { report } = await playScenario({ lab, scenario, onStage: (set) => (stage = set) });
    console.log(JSON.stringify({ run, ...report }));
    if (!report.pass) {
      failures++;
      console.error(explain({ report, stage }));
    }
  }
} finally {
  await lab.stop();
}
process.exit(failures === 0 ? 0 : 1);
