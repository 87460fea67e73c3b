import { spawn } from "node:child_process";
import { once } from "node:events";

/** A running container of the image, with a read-only root and the host's network. */
export interface Container {
  /** Returns its output so far. */
  output(): string;
  /** Runs a program inside. */
  exec(command: string[]): Promise<CommandResult>;
  /** Sends SIGTERM. @returns the exit code */
  stop(): Promise<number>;
  /** Ends all its processes at once, as a power failure does. */
  kill(): Promise<void>;
  /** Waits until it ends by itself. @returns the exit code */
  ended(): Promise<number>;
}

export interface ContainerOptions {
  env: Record<string, string>;
  /** The folder that is mounted at /data. */
  data?: string;
}

/** Builds and runs images. */
export interface ImageEngine {
  name: string;
  /** Builds the image of the working directory. */
  build(): Promise<void>;
  /** The size of the compressed layers in bytes. */
  compressedBytes(): Promise<number>;
  /** The command of HEALTHCHECK. */
  healthCheck(): Promise<string[]>;
  run(options: ContainerOptions): Promise<Container>;
  /** Removes what the engine has created, except the built image. */
  cleanUp(): Promise<void>;
}

export interface CommandResult {
  code: number;
  /** stdout and stderr. */
  output: string;
}

/** Runs a program and waits for its end. */
export async function tryCommand(program: string, args: string[], input = ""): Promise<CommandResult> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  child.stdin.on("error", () => undefined).end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? 1, output: output.trim() };
}

/** @returns the output. @throws Error with the output, if the program fails */
export async function runCommand(program: string, args: string[], input?: string): Promise<string> {
  const { code, output } = await tryCommand(program, args, input);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} failed with exit code ${code}:\n${output}`);
  return output;
}
