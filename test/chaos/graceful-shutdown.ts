import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { startApp } from "../support/app-server.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { signUp, type TestUser } from "../support/users.ts";
import { runWithCleanup, UNLIMITED_RATES } from "./environment.ts";
import { createResultLog, type Outcome, type ResultLog, summarize } from "./results.ts";
import { checkSummary, type ScenarioOptions, type ScenarioReport } from "./scenario.ts";

const EXIT_BOUND_MS = 10_000;
const UNDER_LOAD_MS = 400;
/** A client that never hears of the end stops anyway. */
const CLIENT_BOUND_MS = 15_000;

/** Nobody listens there any more: this request was never accepted, and its client knows. */
const REFUSED = "refused";

/**
 * A write over node:http. On a new connection it asks first whether to go on: from the server's yes on it is accepted,
 * and before that a reset may as well be the kernel's, which closes the queue of those whom nobody took yet.
 */
function post(base: string, person: TestUser, agent: Agent | false): Promise<Outcome> {
  const title = `trial ${randomUUID()}`;
  const body = JSON.stringify({ title });
  const began = Date.now();
  return new Promise((resolve) => {
    const end = (code: string) => resolve({ began, ended: Date.now(), code, title });
    let accepted = agent !== false;
    const sent = request(`${base}/api/tasks`, {
      method: "POST",
      agent,
      headers: {
        Authorization: `Bearer ${person.token}`,
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(body),
        ...(agent === false && { Expect: "100-continue" }),
      },
    });
    sent.on("continue", () => {
      accepted = true;
      sent.end(body);
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") end(REFUSED);
      else if (!accepted || !(agent === false || sent.reusedSocket)) end(`${REFUSED} by ${error.code}`);
      else end(`${error.code ?? error.message}${sent.reusedSocket ? " on a kept connection" : ""}`);
    });
    sent.on("response", (answer) => {
      let text = "";
      answer.on("data", (part) => (text += part));
      answer.on("error", (error: NodeJS.ErrnoException) => end(`${error.code} in the answer`));
      answer.on("end", () =>
        end(
          answer.statusCode === 201 ? "ok" : (/"code":"([A-Z_]+)"/.exec(text)?.[1] ?? `${answer.statusCode}`),
        ),
      );
    });
    sent.setTimeout(CLIENT_BOUND_MS, () => sent.destroy(new Error("no answer")));
    if (agent === false) sent.flushHeaders();
    else sent.end(body);
  });
}

/** Writes until it is refused. @returns whether that was a reset */
async function client(
  base: string,
  person: TestUser,
  agent: Agent | false,
  ledger: ResultLog,
): Promise<boolean> {
  for (const end = Date.now() + CLIENT_BOUND_MS; Date.now() < end; ) {
    const outcome = await post(base, person, agent);
    if (outcome.code.startsWith(REFUSED)) return outcome.code !== REFUSED;
    ledger.add(outcome);
    if (outcome.code !== "ok") return false;
  }
  return false;
}

/** SIGTERM while requests come in, on connections that are kept and on new ones. */
export const shutdownUnderLoad = (direction: ScenarioOptions): Promise<ScenarioReport> =>
  runWithCleanup(direction.signal, async (defer) => {
    const { rounds, writers, say, bounds } = direction;
    const database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
    defer(() => database.drop());
    const ledger = createResultLog();
    const exits: { code: number | null; ms: number }[] = [];
    const log: string[] = [];
    let resets = 0;
    let person: TestUser | undefined;
    let tock = undefined as Awaited<ReturnType<typeof startApp>> | undefined;
    defer(() => tock?.stop("SIGKILL"));
    for (let round = 0; round < rounds; round++) {
      tock = await startApp({ DATABASE_URL: database.url, ...UNLIMITED_RATES });
      const { url } = tock;
      person ??= await signUp(url);
      const somebody = person;
      const agent = new Agent({ keepAlive: true });
      const clients = Array.from({ length: writers }, (_, index) =>
        client(url, somebody, index % 4 === 0 ? false : agent, ledger),
      );
      await sleep(UNDER_LOAD_MS);
      const ended = once(tock.process, "exit");
      const signalled = Date.now();
      tock.process.kill("SIGTERM");
      const [code] = await ended;
      exits.push({ code, ms: Date.now() - signalled });
      resets += (await Promise.all(clients)).filter(Boolean).length;
      agent.destroy();
      log.push(...tock.log.filter((line) => /"level":"(error|fatal)"/.test(line)));
      const dropped = ledger.outcomes.filter((outcome) => outcome.code !== "ok").length;
      say(
        `SIGTERM ${round + 1}/${rounds}: exit ${code} after ${exits.at(-1)?.ms} ms, ${dropped} dropped so far`,
      );
    }
    if (!tock) throw new Error("drain needs one round at least");
    const sums = await summarize(ledger, tock, database.url);
    const verdict = checkSummary(sums, bounds);
    verdict.holds(sums.failed === 0, `${sums.failed} accepted requests dropped`);
    verdict.holds(
      exits.every(({ code }) => code === 0),
      `exit codes ${exits.map(({ code }) => code)}`,
    );
    const slowest = Math.max(...exits.map(({ ms }) => ms));
    verdict.atMost("exit (ms)", slowest, EXIT_BOUND_MS);
    verdict.atMost("connections reset that nobody had taken yet", resets, 0);
    verdict.holds(log.length === 0, `the log complains: ${log[0]}`);
    const notes = [`${rounds} exits, the slowest after ${slowest} ms`, `${resets} connections reset`];
    return { scene: "SIGTERM under load", ...sums, notes, broken: verdict.broken };
  });
