/** Where this process runs, for others to know whether its id means anything to them. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * The place in which a process id is one process: this machine since it was started and, in a container, its own processes.
 * The name alone does not tell: containers on a host's network share the host's. Elsewhere than on Linux it has to do.
 */
export const machine: string = [hostname(), ...kernel()].join(' ');

/** When a process of this machine began, as the system counts; undefined where it does not say. Ids come again, the two together do not. */
export function beginOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The 22nd field (proc_pid_stat(5)). The second is a name in brackets, which can hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function kernel(): string[] {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return [boot, readlinkSync('/proc/self/ns/pid')];
  } catch {
    return [];
  }
}
