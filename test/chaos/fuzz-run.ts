import pg from "pg";
import type { AppServer } from "../support/app-server.ts";
import { routePaths } from "../support/route-paths.ts";
import { signUp, type TestUser } from "../support/users.ts";
import type { HostileRequest } from "./hostile-requests/generate.ts";
import type { Targets } from "./hostile-requests/targets.ts";
import { connectRawClient, type RawClient } from "./raw-client.ts";
import { FOREIGN_TEXT } from "./response-checks.ts";

const CLIENTS = 16;
const MAX_REPORTED_FAULTS = 20;

export interface FuzzOptions {
  /** The minimum number of requests. */
  requests: number;
  /** The minimum duration. */
  seconds: number;
  seed: number;
  onProgress(message: string): void;
  signal: AbortSignal;
}

export interface FuzzReport {
  seed: number;
  requests: number;
  seconds: number;
  /** The number of responses by status; 0 is a connection that ended without a response. */
  statuses: Map<number, number>;
  /** Batches that changed the attacker's own rows. */
  changedBatches: number;
  /** Batches without a successful change, after which the attacker's rows were the same. */
  unchangedBatches: number;
  /** One line for each fault, with the request. */
  faults: string[];
}

/** The state of a run. */
export interface FuzzRun {
  app: AppServer;
  host: string;
  database: pg.Client;
  clients: RawClient[];
  targets: Targets;
  attacker: TestUser | undefined;
  /** Requests of the last batch that were rejected, to be sent again. */
  rejected: HostileRequest[];
  seed: number;
  signal: AbortSignal;
  report: FuzzReport;
}

/** Connects to the database and creates the user whose data must stay private. */
export async function startRun(app: AppServer, { seed, signal }: FuzzOptions): Promise<FuzzRun> {
  const database = new pg.Client({ connectionString: app.databaseUrl });
  await database.connect();
  const victim = await signUp(app.url, { name: FOREIGN_TEXT });
  const task = { title: FOREIGN_TEXT, description: FOREIGN_TEXT };
  const { body } = await victim.api("POST", "/api/tasks", task);
  return {
    app,
    host: new URL(app.url).host,
    database,
    clients: Array.from({ length: CLIENTS }, () => connectRawClient(app.url)),
    targets: { own: [""], foreign: [String(body.id)], routes: await routePaths() },
    attacker: undefined,
    rejected: [],
    seed,
    signal,
    report: {
      seed,
      requests: 0,
      seconds: 0,
      statuses: new Map(),
      changedBatches: 0,
      unchangedBatches: 0,
      faults: [],
    },
  };
}

export async function endRun({ clients, database }: FuzzRun): Promise<void> {
  for (const client of clients) client.close();
  await database.end();
}

export function addFault({ report }: FuzzRun, fault: string): void {
  if (report.faults.length < MAX_REPORTED_FAULTS) report.faults.push(fault);
}

/** Signs the attacker up again when a request has ended the session or deleted the account. */
export async function liveAttacker(run: FuzzRun): Promise<TestUser> {
  if (run.attacker && (await run.attacker.api("GET", "/api/auth/profile")).status === 200)
    return run.attacker;
  run.attacker = await signUp(run.app.url, { name: "Mallory" });
  const { body } = await run.attacker.api("POST", "/api/tasks", { title: "mine" });
  run.targets.own = [String(body.id)];
  return run.attacker;
}
