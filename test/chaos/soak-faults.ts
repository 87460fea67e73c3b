import { setTimeout as sleep } from "node:timers/promises";
import type { AppServer } from "../support/app-server.ts";
import type { TestUser } from "../support/users.ts";
import { takeFreeSlots } from "./connection-slots.ts";
import { connectObserver, freezeServer, killServer, waitUntilReady } from "./postgres-control.ts";
import { floodSlowClients } from "./slow-clients.ts";

/** The server under test. `app` changes when a fault restarts it. */
export interface SoakTarget {
  app: AppServer;
  user: TestUser;
  databaseUrl: string;
  dataFolder: string;
  restart(): Promise<void>;
}

interface SoakFault {
  name: string;
  /** Causes the fault and ends it. Resolves when the server could work again. */
  run(target: SoakTarget): Promise<unknown>;
}

const FREEZE_MS = 10_000;
const EXHAUSTION_MS = 10_000;
const SLOW_CLIENTS = { clients: 200, seconds: 20 };

async function cutConnections({ databaseUrl }: SoakTarget): Promise<void> {
  const client = await connectObserver(databaseUrl);
  await client
    .query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tock'")
    .finally(() => client.end());
}

async function exhaustSlots({ databaseUrl }: SoakTarget): Promise<void> {
  const giveBack = await takeFreeSlots(databaseUrl);
  await sleep(EXHAUSTION_MS);
  await giveBack();
}

async function freezePostgres({ dataFolder }: SoakTarget): Promise<void> {
  const resume = await freezeServer(dataFolder);
  await sleep(FREEZE_MS);
  resume();
}

/** In this order, one a minute. */
export const SOAK_FAULTS: SoakFault[] = [
  {
    name: "kill -9 of PostgreSQL",
    run: ({ dataFolder, databaseUrl }) =>
      killServer(dataFolder, { all: true }).then(() => waitUntilReady(databaseUrl)),
  },
  { name: "freeze of PostgreSQL for 10 s", run: freezePostgres },
  { name: "cut of all database connections", run: cutConnections },
  { name: "clock step back by an hour", run: async ({ app }) => app.process.kill("SIGUSR2") },
  { name: "no free connection slot for 10 s", run: exhaustSlots },
  { name: "200 slow clients for 20 s", run: ({ app, user }) => floodSlowClients(app, user, SLOW_CLIENTS) },
  { name: "kill -9 of Tock", run: (target) => target.restart() },
];
