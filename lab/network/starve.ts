/**
 * Takes processor away from a process on purpose, and for a while only: it is kept on one processor, with busy loops on it. Linux.
 * For the stories about a machine that is too small.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whatever happens to the story, its loops end. */
const longestS = 90;

/** @returns the processors that this process may use, as `taskset -c` takes them. */
function allowed(): string {
  const status = readFileSync('/proc/self/status', 'utf8');
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)![1]!;
}

/**
 * @param pid it, and what it starts meanwhile, share a processor with the loops.
 * @param loops how many; of a processor that n share each has one part in n, and a little more after it has slept.
 * @returns what ends it.
 */
export function starve(pid: number, loops: number): () => void {
  const all = allowed();
  const one = /^\d+/.exec(all)![0];
  const keepOn = (processors: string) =>
    execFileSync('taskset', ['-a', '-c', '-p', processors, String(pid)], { stdio: 'ignore' });
  keepOn(one);
  const busy = Array.from({ length: loops }, () => loopOn(one));
  return () => {
    for (const { pid: leader } of busy.splice(0)) process.kill(-leader!, 'SIGKILL');
    keepOn(all);
  };
}

function loopOn(processor: string): ChildProcess {
  const loop = ['taskset', '-c', processor, 'sh', '-c', 'while :; do :; done'];
  // A group of its own, so that the loop goes with its limit.
  return spawn('timeout', [String(longestS), ...loop], { detached: true, stdio: 'ignore' });
}
