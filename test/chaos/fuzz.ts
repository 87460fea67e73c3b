import fc from "fast-check";
import type { AppServer } from "../support/app-server.ts";
import type { TestUser } from "../support/users.ts";
import { countTasks, takeSnapshot } from "./database-snapshot.ts";
import { type Credentials, invalidCredentials, requestedCredentials } from "./fuzz-credentials.ts";
import {
  addFault,
  endRun,
  type FuzzOptions,
  type FuzzReport,
  type FuzzRun,
  liveAttacker,
  startRun,
} from "./fuzz-run.ts";
import { type HostileRequest, hostileRequests } from "./hostile-requests/generate.ts";
import { serializeRequest } from "./hostile-requests/serialize.ts";
import { connectRawClient, type RawClient } from "./raw-client.ts";
import { findFaults } from "./response-checks.ts";
import type { RawResponse } from "./response-parser.ts";

const BATCH_SIZE = 200;
/** The number of rejected requests that are sent again, in a batch in which every request must be rejected. */
const MAX_REPLAYED = 30;
/** Statuses of rejections that do not depend on concurrent requests. */
const STABLE_REJECTIONS = new Set([400, 403, 405, 413, 415, 422]);
const SAFE_METHODS = new Set(["GET", "HEAD"]);

/** Changes that the responses of a batch report. */
interface Changes {
  /** Created tasks minus deleted tasks. */
  tasks: number;
  /** Successful forms and other changes, which may create or delete a task too. */
  other: number;
}

function countChange({ method, target }: HostileRequest, { status }: RawResponse, changes: Changes): void {
  if (SAFE_METHODS.has(method) || status === 0 || status >= 400) return;
  if (status === 201 && method === "POST" && /tasks/i.test(target)) changes.tasks += 1;
  else if (status === 204 && method === "DELETE" && /tasks/i.test(target)) changes.tasks -= 1;
  else changes.other += 1;
}

function rememberRejected({ rejected }: FuzzRun, request: HostileRequest, { status }: RawResponse): void {
  const isAuthenticated = request.credentials === "bearer" || request.credentials === "cookie";
  const isRejectedChange = STABLE_REJECTIONS.has(status) && !SAFE_METHODS.has(request.method);
  if (isAuthenticated && isRejectedChange && rejected.length < MAX_REPLAYED) rejected.push(request);
}

async function send(
  base: string,
  client: RawClient,
  { method, corrupt }: HostileRequest,
  bytes: Buffer,
): Promise<RawResponse> {
  const isBodiless = method === "HEAD";
  if (!corrupt) return client.send(bytes, { isBodiless });
  // The server waits for the rest of an incomplete request, so its connection must end.
  const ownClient = connectRawClient(base);
  return ownClient.send(bytes, { isBodiless, isLast: true }).finally(() => ownClient.close());
}

/** Sends requests over all clients, and checks each response. */
async function sendAll(
  run: FuzzRun,
  requests: HostileRequest[],
  user: TestUser,
  credentials: Credentials,
): Promise<Changes> {
  const { app, host, clients, seed, signal, report } = run;
  const changes: Changes = { tasks: 0, other: 0 };
  const queue = [...requests.entries()];
  const runClient = async (client: RawClient) => {
    for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) {
      const [index, request] = next;
      const bytes = serializeRequest(request, host, credentials(request, user));
      const response = await send(app.url, client, request, bytes);
      report.requests += 1;
      rememberRejected(run, request, response);
      report.statuses.set(response.status, (report.statuses.get(response.status) ?? 0) + 1);
      // Without valid credentials only a sign-up can change the database.
      if (credentials === requestedCredentials || /signup/i.test(request.target))
        countChange(request, response, changes);
      const name = `seed ${seed} request ${report.requests} (${index})`;
      const sent = JSON.stringify(bytes.toString("latin1").slice(0, 600));
      for (const fault of findFaults(request, response))
        addFault(run, `${fault} (${response.status}), ${name}: ${sent}`);
    }
  };
  await Promise.all(clients.map(runClient));
  return changes;
}

/** Sends requests that must all be rejected: those rejected before, and new ones with invalid credentials. */
async function sendRejectable(run: FuzzRun, requests: HostileRequest[], user: TestUser): Promise<Changes> {
  const replayed = run.rejected;
  run.rejected = [];
  const fromReplay = await sendAll(run, replayed, user, requestedCredentials);
  run.report.requests -= replayed.length;
  const fromInvalid = await sendAll(run, requests, user, invalidCredentials);
  run.rejected = [];
  return { tasks: fromReplay.tasks + fromInvalid.tasks, other: fromReplay.other + fromInvalid.other };
}

/** Sends a batch and compares the changes in the database with the responses. */
async function runBatch(run: FuzzRun, batch: number): Promise<void> {
  const { database, targets, report } = run;
  const user = await liveAttacker(run);
  const requests = fc.sample(hostileRequests(targets), { seed: run.seed + batch, numRuns: BATCH_SIZE });
  const before = await takeSnapshot(database, user.id);
  const tasksBefore = await countTasks(database, user.id);
  const changes = await (batch % 2 === 0
    ? sendAll(run, requests, user, requestedCredentials)
    : sendRejectable(run, requests, user));
  const after = await takeSnapshot(database, user.id);
  const name = `batch ${batch} of seed ${run.seed}`;
  if (after.foreign !== before.foreign) addFault(run, `${name}: rows of another user changed`);
  if (changes.tasks !== 0 || changes.other > 0) report.changedBatches += 1;
  else if (after.own === before.own) report.unchangedBatches += 1;
  else addFault(run, `${name}: every request was rejected, but rows changed`);
  const difference = Math.abs((await countTasks(database, user.id)) - tasksBefore - changes.tasks);
  if (difference > changes.other)
    addFault(run, `${name}: the number of tasks differs by ${difference} from the responses`);
}

/**
 * Sends generated requests in batches, until both minimums are reached. Every second batch contains only requests that
 * must be rejected.
 */
export async function fuzz(app: AppServer, options: FuzzOptions): Promise<FuzzReport> {
  const { requests, seconds, onProgress, signal } = options;
  const startedAt = Date.now();
  const elapsedSeconds = () => (Date.now() - startedAt) / 1_000;
  const run = await startRun(app, options);
  const { report } = run;
  try {
    for (let batch = 0; !signal.aborted; batch += 1) {
      if (report.requests >= requests && elapsedSeconds() >= seconds) break;
      await runBatch(run, batch);
      onProgress(`${report.requests} requests, ${report.faults.length} faults`);
    }
    if (app.process.exitCode !== null) addFault(run, "the server process ended");
    for (const line of app.log.filter((one) => /"level":"(error|fatal)"/.test(one)))
      addFault(run, `logged: ${line.slice(0, 600)}`);
  } finally {
    await endRun(run);
  }
  report.seconds = elapsedSeconds();
  return report;
}
