import { readdirSync, readFileSync } from "node:fs";

/** CPU ticks per second of /proc/PID/stat; 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The program's name is in parentheses and may itself contain spaces.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** CPU seconds that a process has used, its ended and awaited children included. Linux only. */
function cpuSecondsOf(pid: number): number {
  const [user, system, childUser, childSystem] = statFields(pid).slice(11, 15).map(Number);
  return ((user ?? 0) + (system ?? 0) + (childUser ?? 0) + (childSystem ?? 0)) / TICKS_PER_SECOND;
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && Number(statFields(pid)[1]) === parent;
      } catch {
        return false;
      }
    });
}

const orZero = (read: () => number): number => {
  try {
    return read();
  } catch {
    return 0;
  }
};

/** CPU seconds of a process and of its living children; 0 where there is no /proc. */
export function cpuSeconds(pid: number): number {
  const pids = [pid, ...childrenOf(pid)];
  return pids.reduce((sum, one) => sum + orZero(() => cpuSecondsOf(one)), 0);
}

const residentKibOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);

/**
 * Resident memory of a process and of its living children in MiB; 0 where there is no /proc. Pages that they share, such
 * as Node's program, count for each of them.
 */
export const residentMibWithChildren = (pid: number): number =>
  [pid, ...childrenOf(pid)].reduce((sum, one) => sum + orZero(() => residentKibOf(one)), 0) / 1024;
