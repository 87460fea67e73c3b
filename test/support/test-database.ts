import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Log } from "#db/log.ts";

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/**
 * Creates a database on the server that global-setup.ts started.
 * @param options.template the database to copy, which must have no connections; an empty one by default
 */
export async function createTestDatabase({ template = "template0" } = {}): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${pg.escapeIdentifier(template)}`);
  const url = new URL(adminUrl());
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** The URL of a test database for the role that serves requests, which global-setup.ts created. */
export function runtimeUrlOf(databaseUrl: string): string {
  const url = new URL(process.env.TEST_RUNTIME_DATABASE_URL ?? databaseUrl);
  url.pathname = new URL(databaseUrl).pathname;
  return url.href;
}

async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl() });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

function adminUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (!url) throw new Error('TEST_DATABASE_URL is not set: run these tests in the project "integration"');
  return url;
}
