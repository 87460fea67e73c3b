import { setTimeout as sleep } from "node:timers/promises";
import { type AppServer, BUILT_COMMAND, startApp } from "../support/app-server.ts";
import { CONTAINER_COMMAND, canRunContainers, containerPid } from "../support/container.ts";
import { cleanUp } from "../support/embedded-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { signUp, type TestUser } from "../support/users.ts";
import { type Defer, runWithCleanup } from "./environment.ts";
import { formatMs, WARM_UP_MS } from "./outage-runner.ts";
import { createChecks, type ScenarioOptions, type ScenarioReport } from "./scenario.ts";
import { startTraffic } from "./traffic.ts";

const SCENARIO = "container";
const NOT_PERMITTED = "not run: unshare --pid --mount-proc is not permitted on this machine";

/** Starts Tock with its embedded database in a container. */
async function startContainer(dataDir: string, defer: Defer): Promise<AppServer> {
  const app = await startApp({ DATABASE_URL: "", DATA_DIR: dataDir }, [
    ...CONTAINER_COMMAND,
    ...BUILT_COMMAND,
  ]);
  defer(() => app.stop("SIGKILL"));
  return app;
}

/** The titles of a user's tasks, as the server exports them. */
async function exportedTitles(base: string, { token }: TestUser): Promise<string[]> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`${base}/api/auth/export`, { headers });
  const { tasks } = (await response.json()) as { tasks: { title: string }[] };
  return tasks.map(({ title }) => title);
}

/** Kills Tock and its embedded database under load, and starts them again on the same volume. */
export async function killContainer(options: ScenarioOptions): Promise<ScenarioReport> {
  if (!canRunContainers()) return { scenario: SCENARIO, notes: [], violations: [NOT_PERMITTED] };
  return runWithCleanup(options.signal, async (defer) => {
    const { rounds, writers, onProgress } = options;
    defer(cleanUp);
    const dataDir = await temporaryFolder();
    let app = await startContainer(dataDir, defer);
    const user = await signUp(app.url);
    const acknowledged: string[] = [];
    const startsMs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const traffic = startTraffic(app.url, user, writers);
      defer(() => traffic.stop());
      await sleep(WARM_UP_MS);
      process.kill(await containerPid(app.process), "SIGKILL");
      await Promise.all([app.stop("SIGKILL"), traffic.stop()]);
      acknowledged.push(...traffic.results.acknowledged());
      const startedAt = performance.now();
      app = await startContainer(dataDir, defer);
      startsMs.push(performance.now() - startedAt);
      onProgress(`kill ${round + 1}/${rounds}: ready again after ${formatMs(startsMs.at(-1))}`);
    }
    const stored = await exportedTitles(app.url, user);
    const titles = new Set(stored);
    const lost = acknowledged.filter((title) => !titles.has(title)).length;
    const duplicated = stored.length - titles.size;
    const { violations, check, atMost } = createChecks();
    check(acknowledged.length > 0, "no write was acknowledged");
    atMost("lost writes", lost, 0);
    atMost("duplicated writes", duplicated, 0);
    const notes = [`started again ${startsMs.length} times within ${formatMs(Math.max(...startsMs))}`];
    return { scenario: SCENARIO, acknowledged: acknowledged.length, lost, duplicated, notes, violations };
  });
}
