/** What processes use of the machine, as Linux tells it in /proc. Used by the benchmark. */
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks of the kernel in a second, as user space sees them on every architecture that Node runs on. */
const ticksPerSecond = 100;

export type Usage = { cpuMs: number; rssMb: number };

/** @returns undefined when there is no such process any more. */
export function usageOf(pid: number): Usage | undefined {
  const stat = read(pid, 'stat');
  const status = read(pid, 'status');
  if (!stat || !status) return undefined;
  // The name of the program, in brackets, may have spaces in it; the fields that follow have none.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const rssKb = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  return { cpuMs: (1_000 * ticks) / ticksPerSecond, rssMb: rssKb / 1024 };
}

/** The processes that a process has started and that run now. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const stat = read(Number(name), 'stat');
    const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    return Number(parent) === pid ? [Number(name)] : [];
  });
}

/** What a process was started with. */
export const commandOf = (pid: number): string =>
  read(pid, 'cmdline')?.replaceAll('\0', ' ').trim() ?? '';

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
