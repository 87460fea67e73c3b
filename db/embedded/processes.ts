import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { runProgram } from "./run-program.ts";

const LINUX = process.platform === "linux";

const ZOMBIE = "";

/**
 * When a process started, as text to compare: the kernel hands out process ids again.
 * On Linux with the boot's id, since the start counts from the boot.
 * @returns undefined if the process cannot be seen; an empty text for a zombie, which no longer does anything
 */
export async function processStartTime(pid: number): Promise<string | undefined> {
  if (!LINUX) {
    const { ok, output } = await runProgram("ps", ["-o", "lstart=", "-p", String(pid)]);
    return ok ? output.trim() : undefined;
  }
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The program's name, in parentheses, may itself hold spaces and parentheses: count behind the last one.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (!fields) return undefined;
  return fields[0] === "Z" ? ZOMBIE : `${await bootId()} ${fields[19]}`;
}

async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).trim();
}

/** Whether a process runs, be it one that we may not signal. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether the process that started then still runs. Unseen counts as running: /proc may hide others' processes. */
export async function isSameProcessRunning(pid: number, started: string): Promise<boolean> {
  if (!processExists(pid)) return false;
  const now = await processStartTime(pid);
  return now === undefined ? processExists(pid) : now === started;
}

/** Names the space in which a process id means something: two containers on one volume count separately. */
export async function pidNamespace(): Promise<string> {
  return `${hostname()} ${await readlink("/proc/self/ns/pid").catch(() => "")}`.trim();
}
