import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { runProgram } from "./run-program.ts";

const IS_LINUX = process.platform === "linux";

const ZOMBIE = "";

/**
 * Returns when a process started, as text to compare: with the process id it identifies a process, because the kernel
 * reuses ids. On Linux it contains the boot id, because the start time counts from the boot.
 * @returns undefined if the process is not visible; an empty text for a zombie, which runs no code
 */
export async function processStartTime(pid: number): Promise<string | undefined> {
  if (!IS_LINUX) {
    const { ok, output } = await runProgram("ps", ["-o", "lstart=", "-p", String(pid)]);
    return ok ? output.trim() : undefined;
  }
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The program's name is in parentheses and may contain spaces and parentheses, so fields count from the last one.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (!fields) return undefined;
  return fields[0] === "Z" ? ZOMBIE : `${await bootId()} ${fields[19]}`;
}

async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).trim();
}

/** Returns true if a process exists, including one of another account. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The part of a start time after the boot id. */
const sinceBoot = (startTime: string): string | undefined => startTime.split(" ").at(-1);

/**
 * Looks for the process with that id and start time. One that is not visible counts as running, because /proc may hide
 * processes of other accounts.
 * @returns "uncertain" if only the boot id differs: a container can have a boot id of its own, which is hidden from a
 * service with ProtectKernelTunables
 */
export async function findProcess(
  pid: number,
  startTime: string,
): Promise<"running" | "uncertain" | "ended"> {
  if (!processExists(pid)) return "ended";
  const current = await processStartTime(pid);
  if (current === undefined) return processExists(pid) ? "running" : "ended";
  if (current === startTime) return "running";
  return IS_LINUX && current !== ZOMBIE && sinceBoot(current) === sinceBoot(startTime)
    ? "uncertain"
    : "ended";
}

/** Identifies the PID namespace: two containers with one volume have separate process ids. */
export async function pidNamespace(): Promise<string> {
  return `${hostname()} ${await readlink("/proc/self/ns/pid").catch(() => "")}`.trim();
}
