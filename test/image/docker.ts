import { spawn } from "node:child_process";
import type { Container, ContainerOptions, ImageEngine } from "./engine.ts";
import { runCommand, tryCommand } from "./engine.ts";

const docker = (...args: string[]) => runCommand("docker", args);

/** Builds and runs the image with Docker. */
export function dockerEngine(tag: string): ImageEngine {
  const containers: string[] = [];
  return {
    name: "Docker",
    build: async () => void (await docker("build", "--tag", tag, ".")),
    compressedBytes: async () =>
      Number(await runCommand("sh", ["-c", 'docker save "$0" | gzip -6 | wc -c', tag])),
    healthCheck: async () => {
      const [, ...command] = JSON.parse(
        await docker("image", "inspect", "--format", "{{json .Config.Healthcheck.Test}}", tag),
      );
      return command;
    },
    run: async (options) => {
      const id = await docker("run", "--detach", ...runArguments(options), tag);
      containers.push(id);
      return startedContainer(id);
    },
    cleanUp: async () => {
      for (const id of containers) await tryCommand("docker", ["rm", "--force", id]);
    },
  };
}

const runArguments = ({ env, data }: ContainerOptions): string[] => [
  ...["--read-only", "--tmpfs", "/tmp", "--network", "host"],
  ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
  ...(data ? ["--volume", `${data}:/data`] : []),
];

function startedContainer(id: string): Container {
  let output = "";
  const logs = spawn("docker", ["logs", "--follow", id], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [logs.stdout, logs.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const ended = async () => Number(await docker("wait", id));
  return {
    output: () => output,
    exec: (command) => tryCommand("docker", ["exec", id, ...command]),
    stop: async () => {
      await docker("stop", "--time", "20", id);
      return ended();
    },
    kill: async () => {
      await docker("kill", id);
      await ended();
    },
    ended,
  };
}
