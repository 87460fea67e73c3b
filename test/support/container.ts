import { type ChildProcess, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";

/**
 * Runs a command as a container does: as process 1 of a PID namespace of its own, in which ids repeat. It needs rights
 * that not every machine gives.
 */
export const CONTAINER_COMMAND = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
const [UNSHARE = "", ...FLAGS] = CONTAINER_COMMAND;

/** Returns true if this machine permits CONTAINER_COMMAND. */
export const canRunContainers = (): boolean => spawnSync(UNSHARE, [...FLAGS, "true"]).status === 0;

/** The id of process 1 of a container, outside its namespace. @param child the process of CONTAINER_COMMAND */
export async function containerPid({ pid }: ChildProcess): Promise<number> {
  return Number((await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim());
}
