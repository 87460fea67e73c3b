import { readFile } from "node:fs/promises";
import { join } from "node:path";

export interface PidFile {
  pid: number;
  port: number;
  isReady: boolean;
}

/** Returns the path of PostgreSQL's file with the process id of a running server. */
export const pidFilePath = (dataFolder: string): string => join(dataFolder, "postmaster.pid");

/**
 * Reads postmaster.pid: line 1 is the process id, line 4 the port, line 8 the state. PostgreSQL writes the first lines
 * earlier than the others.
 * @returns undefined if there is none
 */
export async function readPidFile(dataFolder: string): Promise<PidFile | undefined> {
  const text = await readFile(pidFilePath(dataFolder), "utf8").catch(() => "");
  const lines = text.split("\n");
  // Negative in single-user mode.
  const pid = Math.abs(Number(lines[0]));
  return pid > 0 ? { pid, port: Number(lines[3]), isReady: lines[7]?.trim() === "ready" } : undefined;
}
