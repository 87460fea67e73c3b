import { readdir, readFile, stat } from "node:fs/promises";
import { runProgram } from "./run-program.ts";

/**
 * Finds the PostgreSQL processes of a data folder by their working directory, which orphans keep too. Folders are
 * compared by inode, because a bind mount gives one folder two paths. Where directories of other accounts cannot be read, it
 * finds only the main process, by its arguments.
 * @returns process ids
 */
export async function findServerProcesses(dataFolder: string): Promise<number[]> {
  if (process.platform !== "linux") return findByLsof(dataFolder);
  const dataInode = await inodeOf(dataFolder);
  if (!dataInode) return [];
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const matches = await Promise.all(
    pids.map(async (pid) => {
      const program = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
      if (!program.startsWith("postgres")) return false;
      const workingDirectory = await inodeOf(`/proc/${pid}/cwd`);
      return workingDirectory === undefined ? hasArgument(pid, dataFolder) : workingDirectory === dataInode;
    }),
  );
  return pids.filter((_, index) => matches[index]);
}

async function inodeOf(folder: string): Promise<string | undefined> {
  const stats = await stat(folder, { bigint: true }).catch(() => undefined);
  return stats && `${stats.dev}:${stats.ino}`;
}

/** Without the capability SYS_PTRACE, root cannot read the working directory of another account's process. */
async function hasArgument(pid: number, argument: string): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return commandLine.split("\0").includes(argument);
}

async function findByLsof(dataFolder: string): Promise<number[]> {
  const { output } = await runProgram("lsof", ["-w", "-a", "-c", "postgres", "-d", "cwd", "-Fpn"]);
  // lsof exits with 1 if it finds nothing, so only its output tells whether it ran.
  if (output.includes("ENOENT"))
    throw new Error("lsof is missing; it is needed to find processes of an earlier run");
  const pids: number[] = [];
  let pid = 0;
  for (const line of output.split("\n")) {
    if (line.startsWith("p")) pid = Number(line.slice(1));
    if (line === `n${dataFolder}`) pids.push(pid);
  }
  return pids;
}
