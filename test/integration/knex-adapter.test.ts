import {
  authFlowTestSuite,
  caseInsensitiveTestSuite,
  joinsTestSuite,
  normalTestSuite,
  numberIdTestSuite,
  testAdapter,
  transactionsTestSuite,
  uuidTestSuite,
} from "@better-auth/test-utils/adapter";
import { type BetterAuthOptions, betterAuth } from "better-auth";
import type { Where } from "better-auth/adapters";
import { getMigrations } from "better-auth/db/migration";
import createKnex from "knex";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { knexAdapter } from "#app/repositories/identity/knex-adapter.server.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { waitFor } from "../support/wait-for.ts";

const database = await createTestDatabase();
const knex = createKnex({ client: "pg", connection: database.url, pool: { min: 0, max: 4 } });

afterAll(async () => {
  await knex.destroy();
  await database.drop();
});

/** The published suites change the schema between tests: Better Auth's migrations rebuild it. */
async function rebuildSchema(options: BetterAuthOptions): Promise<void> {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  try {
    await pool.query("drop schema public cascade; create schema public");
    const { runMigrations } = await getMigrations({ ...options, database: pool });
    await runMigrations();
  } finally {
    await pool.end();
  }
}

const published = await testAdapter({
  adapter: () => knexAdapter(knex, { debugLogs: { isRunningAdapterTests: true } }),
  runMigrations: rebuildSchema,
  tests: [
    normalTestSuite(),
    authFlowTestSuite(),
    transactionsTestSuite(),
    joinsTestSuite(),
    uuidTestSuite(),
    numberIdTestSuite(),
    caseInsensitiveTestSuite(),
  ],
});
published.execute();

describe("knexAdapter with snake_case tables and database-generated ids", () => {
  const single = createKnex({ client: "pg", connection: database.url, pool: { min: 0, max: 1 } });
  const options = {
    secret: "the secret of this test, 0123456789abcdef",
    baseURL: "http://localhost",
    database: knexAdapter(single),
    emailAndPassword: { enabled: true },
    advanced: { database: { generateId: "uuid", joins: true } },
    user: {
      modelName: "users",
      fields: { emailVerified: "email_verified", createdAt: "created_at", updatedAt: "updated_at" },
      additionalFields: {
        logins: { type: "number", required: false },
        tags: { type: "json", required: false },
      },
    },
    session: {
      modelName: "sessions",
      fields: {
        userId: "user_id",
        expiresAt: "expires_at",
        ipAddress: "ip_address",
        userAgent: "user_agent",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
    },
    account: {
      modelName: "accounts",
      fields: {
        userId: "user_id",
        accountId: "account_id",
        providerId: "provider_id",
        accessToken: "access_token",
        refreshToken: "refresh_token",
        idToken: "id_token",
        accessTokenExpiresAt: "access_token_expires_at",
        refreshTokenExpiresAt: "refresh_token_expires_at",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
    },
  } satisfies BetterAuthOptions;
  const adapter = knexAdapter(single)(options);
  const concurrent = knexAdapter(knex)(options);

  type User = { id: string; email: string; name: string; logins: number | null; tags: unknown };
  let userCount = 0;
  const createUser = (fields: Partial<User> = {}) =>
    adapter.create<Partial<User>, User>({
      model: "user",
      data: { email: `user-${userCount++}@example.com`, name: "Ada", ...fields },
    });
  const namesWhere = async (condition: Omit<Where, "field">) => {
    const users = await adapter.findMany<User>({ model: "user", where: [{ field: "name", ...condition }] });
    return users.map(({ name }) => name).sort();
  };

  beforeAll(() => rebuildSchema({ ...options, database: undefined }));
  beforeEach(() => knex("users").delete());
  afterAll(() => single.destroy());

  it("signs up, signs in and finds the session with a pool of one connection", async () => {
    const auth = betterAuth(options);
    const credentials = { email: "ada@example.com", password: "correct horse" };
    const { user } = await auth.api.signUpEmail({ body: { ...credentials, name: "Ada" } });
    const { token } = await auth.api.signInEmail({ body: credentials });
    expect(user.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const found = await (await auth.$context).internalAdapter.findSession(token);
    expect(found?.user).toMatchObject({ id: user.id, createdAt: user.createdAt });
    expect(found?.session.expiresAt).toBeInstanceOf(Date);
  });

  it("reads a user with accounts and sessions in one statement and converts dates", async () => {
    const user = await createUser();
    const at = new Date("2030-01-02T03:04:05.678Z");
    const session = { userId: user.id, token: "t", expiresAt: at, createdAt: at, updatedAt: at };
    await adapter.create({ model: "session", data: session });
    const statements: string[] = [];
    single.on("query", ({ sql }) => statements.push(sql));
    const [found] = await adapter.findMany({ model: "user", join: { session: true, account: true } });
    single.removeAllListeners("query");
    expect(found).toMatchObject({ id: user.id, session: [session], account: [] });
    expect(statements).toHaveLength(1);
  });

  it("matches %, _ and \\ literally in a search", async () => {
    for (const name of ["100%", "1000", "a_b", "axb", "back\\slash"]) await createUser({ name });
    expect(await namesWhere({ operator: "starts_with", value: "100%" })).toEqual(["100%"]);
    expect(await namesWhere({ operator: "contains", value: "_" })).toEqual(["a_b"]);
    expect(await namesWhere({ operator: "contains", value: "K\\", mode: "insensitive" })).toEqual([
      "back\\slash",
    ]);
    expect(await namesWhere({ operator: "ends_with", value: "%" })).toEqual(["100%"]);
  });

  it("matches no row in an empty list, every row outside it, and no row outside a list with null", async () => {
    await createUser();
    expect(await namesWhere({ operator: "in", value: [] })).toEqual([]);
    expect(await namesWhere({ operator: "not_in", value: [] })).toEqual(["Ada"]);
    expect(await namesWhere({ operator: "not_in", value: null })).toEqual([]);
  });

  it("binds hostile text as a value, rejects it as a field and ignores it as a sort direction", async () => {
    const name = `'; drop table "users"; --`;
    await createUser({ name });
    expect(await namesWhere({ value: name })).toEqual([name]);
    await expect(adapter.findMany({ model: "user", where: [{ field: name, value: 1 }] })).rejects.toThrow(
      "not found",
    );
    const sortBy = { field: "name", direction: name as "asc" };
    expect(await adapter.findMany({ model: "user", sortBy })).toHaveLength(1);
  });

  it("stores arrays in JSON fields and returns counts as numbers", async () => {
    const { id } = await createUser({ tags: ["a", { b: 1 }] });
    const found = await adapter.findOne<User>({ model: "user", where: [{ field: "id", value: id }] });
    expect(found?.tags).toEqual(["a", { b: 1 }]);
    expect(await adapter.count({ model: "user" })).toBe(1);
  });

  it("rolls back a failed inner transaction and commits the outer one", async () => {
    await adapter.transaction(async (outer) => {
      await outer.create({ model: "user", data: { email: "outer@example.com", name: "Outer" } });
      const inner = (outer as typeof adapter).transaction(async (trx) => {
        await trx.create({ model: "user", data: { email: "outer@example.com", name: "Twice" } });
      });
      await expect(inner).rejects.toMatchObject({ code: "23505", constraint: expect.any(String) });
    });
    expect(await namesWhere({ operator: "ne", value: null })).toEqual(["Outer"]);
  });

  it("returns a row to exactly one of several concurrent consumeOne calls and leaves other rows", async () => {
    const { id } = await createUser();
    await createUser();
    const where = [{ field: "id", value: id }];
    const consumed = await Promise.all(
      Array.from({ length: 8 }, () => concurrent.consumeOne({ model: "user", where })),
    );
    expect(consumed.filter(Boolean)).toHaveLength(1);
    expect(await adapter.count({ model: "user" })).toBe(1);
  });

  it("consumes one of several matching rows", async () => {
    await createUser();
    await createUser();
    expect(
      await adapter.consumeOne({ model: "user", where: [{ field: "name", value: "Ada" }] }),
    ).not.toBeNull();
    expect(await adapter.count({ model: "user" })).toBe(1);
  });

  it("never decrements a counter below its guard in concurrent incrementOne calls", async () => {
    await createUser({ logins: 3 });
    const where: Where[] = [{ field: "logins", operator: "gt", value: 0 }];
    const decrement = () => concurrent.incrementOne({ model: "user", where, increment: { logins: -1 } });
    const results = await Promise.all(Array.from({ length: 8 }, decrement));
    expect(results.filter(Boolean)).toHaveLength(3);
    expect(await knex("users").pluck("logins")).toEqual([0]);
  });

  it("does not change a row whose guard became false while the statement waited for the lock", async () => {
    const { id } = await createUser({ logins: 1 });
    const blocker = await knex.transaction();
    await blocker("users").where({ id }).update({ logins: 0 });
    const where: Where[] = [{ field: "logins", operator: "gt", value: 0 }];
    const waiting = adapter.incrementOne({ model: "user", where, increment: { logins: -1 } });
    await waitFor(async () => {
      const locked = await knex("pg_stat_activity").where({
        wait_event_type: "Lock",
        datname: knex.client.database(),
      });
      expect(locked).toHaveLength(1);
    });
    await blocker.commit();
    expect(await waiting).toBeNull();
    expect(await knex("users").pluck("logins")).toEqual([0]);
  });
});
