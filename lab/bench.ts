/**
 * `pnpm bench`: what a call costs. Plays whole transfers, accepted by key, and prints for each phase how much of a processor each
 * process keeps busy, and how much memory it has. The figures of one run belong together; those of two runs do not, unless
 * nothing else was on the machine. With --agent FILE another checkout's agent/main.ts is measured. Linux only.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { nowMs } from './audio/clock.ts';
import { Lab } from './network/lab.ts';
import { type Usage, childrenOf, commandOf, usageOf } from './network/usage.ts';
import { realWords } from './network/words-file.ts';
import { lines, replies, usualScript } from './scenarios/scenario.ts';
import { Stage } from './scenarios/stage.ts';
import { prepare } from './setup/prepare.ts';

const usage = 'Usage: pnpm bench [--calls N] [--agent FILE] [--env NAME=VALUE ...] [--json]';
const phaseMs = 10_000;

type Sample = { atMs: number; of: Map<string, Usage> };
/** By phase and process: percent of one core, and MB at the end of the phase. */
type Row = { phase: string; process: string; percent: number; rssMb: number };

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        calls: { type: 'string', default: '1' },
        agent: { type: 'string' },
        env: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
      },
    });
    const calls = Number(values.calls);
    if (!Number.isInteger(calls) || calls < 1)
      throw new Error('--calls takes a whole number from 1 on.');
    return { ...values, calls };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return process.exit(2);
  }
}

/** The processes of a lab and of its worker, by what they are. */
function processesOf(lab: Lab, jobPid: number | undefined): Map<string, number> {
  const found = new Map([['phones', process.pid]]);
  for (const name of ['livekit-server', 'livekit-sip', 'worker']) {
    const pid = lab.processes.pidOf(name);
    if (pid) found.set(name, pid);
  }
  let idle = 0;
  for (const pid of childrenOf(found.get('worker') ?? 0)) {
    if (pid === jobPid) found.set('job', pid);
    else if (commandOf(pid).includes('job_proc')) found.set(`idle job ${++idle}`, pid);
    else found.set(commandOf(pid).includes('inference') ? 'turn detection' : 'other child', pid);
  }
  return found;
}

function sample(lab: Lab, jobPid: number | undefined): Sample {
  const of = new Map<string, Usage>();
  for (const [name, pid] of processesOf(lab, jobPid)) {
    const one = usageOf(pid);
    if (one) of.set(name, one);
  }
  return { atMs: nowMs(), of };
}

async function playOne(lab: Lab, rows: Row[]): Promise<void> {
  const stage = new Stage(lab);
  let jobPid: number | undefined;
  const phase = async (name: string, during: () => Promise<unknown>) => {
    const before = sample(lab, jobPid);
    await during();
    const after = sample(lab, jobPid);
    for (const [what, { cpuMs, rssMb }] of after.of) {
      const from = before.of.get(what);
      if (!from) continue;
      const percent = (100 * (cpuMs - from.cpuMs)) / (after.atMs - before.atMs);
      rows.push({ phase: name, process: what, percent, rssMb });
    }
  };
  try {
    await phase('idle', () => delay(phaseMs / 2));
    await stage.callerDials();
    jobPid = lab.mailbox.calls()[0]?.pid;
    await phase('talking', async () => {
      await stage.callerCall!.hears({ sentence: stage.endOfGreeting }, phaseMs);
      await stage.says('caller', 'Are you there?');
      await stage.callerCall!.hears({ sentence: replies.helps }, phaseMs);
      await stage.says('caller', 'Are you there?');
      await delay(2_000);
    });
    stage.humanPhone.whenCalled({ ringForMs: phaseMs, then: { answer: true } });
    await stage.says('caller', lines.ask);
    await stage.humanIsCalled();
    await phase('on hold, ringing', () => stage.humanCall!.answered(2 * phaseMs));
    await phase('on hold, briefing', () => stage.reaches('offered'));
    await stage.presses('human', '1');
    await stage.bothHearEachOther();
    await stage.until((e) => e.type === 'roomGone', 'the AI has left');
    await phase('bridged', () => delay(phaseMs));
    stage.callerCall!.hangUp();
    await stage.until((e) => e.type === 'callEnded', 'call ended');
    while ((await lab.jobs()) > 0) await delay(50);
  } finally {
    stage.close();
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

function table(rows: readonly Row[]): string {
  const phases = [...new Set(rows.map((row) => row.phase))];
  const processes = [...new Set(rows.map((row) => row.process))];
  const cell = (phase: string, name: string) => {
    const own = rows.filter((row) => row.phase === phase && row.process === name);
    if (own.length === 0) return '';
    const percent = median(own.map((row) => row.percent));
    return `${percent.toFixed(1)} %, ${Math.round(median(own.map((row) => row.rssMb)))} MB`;
  };
  const header = ['', ...phases];
  const body = processes.map((name) => [name, ...phases.map((phase) => cell(phase, name))]);
  return [header, header.map(() => '---'), ...body]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

const { calls, agent, env, json } = readArguments();
const lab = await Lab.start({
  tools: await prepare({ say: (line) => console.error(line) }),
  script: usualScript,
  words: realWords,
  ringLimitS: 20,
  workerEnv: Object.fromEntries(env.map((one) => one.split(/=(.*)/s).slice(0, 2))),
  ...(agent && { agentFile: agent }),
});
const rows: Row[] = [];
try {
  for (let call = 0; call < calls; call++) await playOne(lab, rows);
} finally {
  await lab.stop();
}
console.log(json ? JSON.stringify(rows) : table(rows));
process.exit(0);
