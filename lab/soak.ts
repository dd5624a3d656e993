/**
 * `pnpm soak --calls N --seed S`: N calls, several at once, with people who hang up at any moment and things that break, all
 * drawn from the seed; the same seed plays the same calls. Prints one line for each call, what was wrong with any, the figures
 * as the phones measured them, and what was left. Exit code 0 when all was well, 1 when not, 2 for wrong usage.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { prepare } from './setup/prepare.ts';
import { mostLanes } from './soak/lanes.ts';
import { soak } from './soak/soak.ts';

/** A job keeps more than half a processor busy; with more of them calls fail because the machine is late, and not we. */
const usual = String(Math.min(mostLanes, availableParallelism() + 1));

const usage = `Usage: pnpm soak [--calls N] [--seed S] [--at-once K] [--short]
  --calls    how many calls, 1 to 1000; 200 unless said
  --seed     a whole number; another one draws other calls. A number of the clock unless said
  --at-once  how many calls at the same time, 1 to ${mostLanes}; one more than there are processors unless said
  --short    leaves out the ten pairs at the end, whose worker is killed`;

function wrongUsage(message: string): never {
  console.error(`${message}\n${usage}`);
  process.exit(2);
}

function readArguments() {
  try {
    const text = { type: 'string' } as const;
    const short = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({ options: { calls: text, seed: text, 'at-once': text, short } });
    const {
      calls = '200',
      seed = String(Date.now() % 1_000_000),
      'at-once': atOnce = usual,
    } = values;
    return {
      calls: wholeNumber('--calls', calls, 1, 1_000),
      seed: wholeNumber('--seed', seed, 0, 2 ** 32 - 1),
      ten: !values.short,
      atOnce: wholeNumber('--at-once', atOnce, 1, mostLanes),
    };
  } catch (error) {
    return wrongUsage((error as Error).message);
  }
}

function wholeNumber(name: string, given: string, least: number, most: number): number {
  const number = Number(given);
  if (/^\d+$/.test(given) && number >= least && number <= most) return number;
  return wrongUsage(`${name} takes a whole number from ${least} to ${most}, not "${given}".`);
}

const { calls, seed, atOnce, ten } = readArguments();
const say = (line: string) => console.log(line);
const tools = await prepare({ say });
const again = `pnpm soak --calls ${calls} --seed ${seed} --at-once ${atOnce}${ten ? '' : ' --short'}`;
say(`${calls} calls, ${atOnce} at once. To play them again: ${again}`);
const { isGood } = await soak({ tools, calls, seed, atOnce, ten, say });
process.exit(isGood ? 0 : 1);
