import { randomBytes, randomUUID } from "node:crypto";
import knexFactory, { type Knex } from "knex";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withIdentityTransaction } from "#app/repositories/identity/better-auth.server.ts";
import {
  consumeLink,
  findLink,
  findPendingEmail,
  insertLink,
  type LinkPurpose,
  removeLinks,
} from "#app/repositories/identity/one-time-links.server.ts";
import { createAccessToken, getAccessTokens, removeAccessToken } from "#app/services/access-tokens.server.ts";
import { exportAccount } from "#app/services/account-export.server.ts";
import { changePassword, changeProfile, removeAccount } from "#app/services/accounts.server.ts";
import { assertActive, findAccessTokenCaller, toCaller } from "#app/services/callers.server.ts";
import { isHealthy } from "#app/services/health.server.ts";
import { cleanUp } from "#app/services/housekeeping.server.ts";
import { createTaskOnce, submitTask } from "#app/services/new-tasks.server.ts";
import { verifySessionToken } from "#app/services/session-tokens.server.ts";
import {
  authenticate,
  getSessions,
  removeOtherSessions,
  removeSession,
  renewToken,
  signOut,
} from "#app/services/sessions.server.ts";
import { signIn, signUp } from "#app/services/sign-in.server.ts";
import { saveTask } from "#app/services/task-edits.server.ts";
import {
  changeTask,
  completeTask,
  createTask,
  getTaskDashboard,
  getTaskPageJson,
  getTaskText,
  removeTask,
} from "#app/services/tasks.server.ts";
import {
  confirmTotp,
  getTotpWithSetup,
  removeTotp,
  renewRecoveryCodes,
  startTotp,
} from "#app/services/totp.server.ts";
import { codeOfStep, stepAt } from "#app/services/totp-codes.server.ts";
import {
  emptyTrash,
  eraseTask,
  getTaskOrDeleted,
  getTrashPage,
  restoreTask,
} from "#app/services/trash.server.ts";
import { closeDatabase } from "#db/connection.ts";
import { findLastMigration, migrateToLatest, revertLastMigration } from "#db/migrations/index.ts";
import { TOCK_TABLES } from "#db/tables.ts";
import { TEST_SECRETS, UNLIMITED_RATES } from "../support/app-server.ts";
import { openTestDatabase } from "../support/in-process-database.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { PASSWORD } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

let database: TestDatabase;
const query = (sql: string, values: unknown[] = []) => queryRows(database.url, sql, values);
const CLIENT = { ipAddress: "127.0.0.1", userAgent: "tests", requestId: "" };

beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  Object.assign(process.env, TEST_SECRETS, UNLIMITED_RATES, { DATABASE_URL: database.url });
});
afterAll(() => database?.drop());

async function newUser(email = `${randomUUID()}@example.org`, name = "Ada"): Promise<string> {
  return (await query(`insert into "user" (email, name) values ($1, $2) returning id`, [email, name]))[0].id;
}
const newTask = (userId: string | null, title: string | null, description: string | null = null) =>
  query("insert into task (user_id, title, description) values ($1, $2, $3) returning *", [
    userId,
    title,
    description,
  ]);

describe("the database schema", () => {
  it("contains exactly the tables that db:restore takes for Tock's", async () => {
    const tables = await query("select tablename from pg_tables where schemaname = 'public' order by 1");
    expect(tables.map(({ tablename }) => tablename)).toEqual(TOCK_TABLES);
  });

  it("rejects a task that breaks the rules", async () => {
    const userId = await newUser();
    const expectRejected = (work: Promise<unknown>, code: string) =>
      expect(work).rejects.toMatchObject({ code });
    await expectRejected(newTask(userId, "t".repeat(201)), "22001");
    await expectRejected(newTask(userId, "🐝".repeat(201)), "22001");
    await expectRejected(newTask(userId, null), "23502");
    for (const blank of ["", " ", "\t\n", "\u00a0\u3000", "\u0085"])
      await expectRejected(newTask(userId, blank), "23514");
    await expectRejected(newTask(userId, "a", "d".repeat(1001)), "22001");
    await expectRejected(newTask(null, "a"), "23502");
    await expectRejected(newTask(randomUUID(), "a"), "23503");
    await expectRejected(
      query("insert into task (user_id, title, completed) values ($1, 'a', null)", [userId]),
      "23502",
    );
    await expectRejected(
      query("insert into task (id, user_id, title) values (7, $1, 'a')", [userId]),
      "428C9",
    );
    await expectRejected(
      query("update task set title = ' ' where id = $1", [(await newTask(userId, "a"))[0].id]),
      "23514",
    );
    const [task] = await newTask(userId, "🐝".repeat(200), "🐝".repeat(1000));
    expect(task).toMatchObject({
      completed: false,
      created_at: expect.any(Date),
      updated_at: expect.any(Date),
    });
  });

  it("rejects a user who breaks the rules, and the same address twice in any case", async () => {
    const email = `${randomUUID()}@example.org`;
    await newUser(email);
    await expect(newUser(email)).rejects.toMatchObject({ code: "23505", constraint: "user_email_unique" });
    await expect(newUser(email.toUpperCase())).rejects.toMatchObject({ code: "23514" });
    await expect(newUser(`${"a".repeat(243)}@example.org`)).rejects.toMatchObject({ code: "22001" });
    await expect(newUser(undefined, "n".repeat(101))).rejects.toMatchObject({ code: "22001" });
    await expect(newUser(undefined, " ")).rejects.toMatchObject({ code: "23514" });
    await expect(query(`insert into "user" (name) values ('a')`)).rejects.toMatchObject({ code: "23502" });
    await expect(query(`insert into "user" (email) values ('a@example.org')`)).rejects.toMatchObject({
      code: "23502",
    });
    await newUser(`${"a".repeat(242)}@example.org`, "🦉".repeat(100));
  });

  it("deletes all rows of a deleted user, and none of others", async () => {
    const [deleted, kept] = [await newUser(), await newUser()];
    for (const userId of [deleted, kept]) {
      await newTask(userId, "a");
      await query("insert into session (user_id, token, expires_at) values ($1, $2, now())", [
        userId,
        randomUUID(),
      ]);
      await query(
        "insert into account (user_id, account_id, provider_id) values ($1::uuid, $1::text, 'credential')",
        [userId],
      );
    }
    await query(`delete from "user" where id = $1`, [deleted]);
    for (const table of ["task", "session", "account"]) {
      const left = await query(`select user_id from ${table} where user_id in ($1, $2)`, [deleted, kept]);
      expect(left).toEqual([{ user_id: kept }]);
    }
  });

  it("allows one credential account per user, and one session per token", async () => {
    const userId = await newUser();
    const account = () =>
      query(
        "insert into account (user_id, account_id, provider_id) values ($1::uuid, $1::text, 'credential')",
        [userId],
      );
    const session = () =>
      query("insert into session (user_id, token, expires_at) values ($1, 'same', now())", [userId]);
    for (const insert of [account, session]) {
      await insert();
      await expect(insert()).rejects.toMatchObject({ code: "23505" });
    }
  });

  it("stores all times with a time zone", async () => {
    const times = await query(
      "select data_type from information_schema.columns where table_schema = 'public' and column_name like '%\\_at' and table_name not like 'knex%'",
    );
    expect(times.length).toBeGreaterThan(10);
    expect(new Set(times.map((row) => row.data_type))).toEqual(new Set(["timestamp with time zone"]));
  });
});

describe("migrations", () => {
  const dump = async (url: string) => ({
    columns: await queryRows(
      url,
      "select table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, identity_generation from information_schema.columns where table_schema = 'public' and table_name not like 'knex%' order by 1, 2",
    ),
    indexes: await queryRows(
      url,
      "select indexdef from pg_indexes where schemaname = 'public' and tablename not like 'knex%' order by 1",
    ),
    constraints: await queryRows(
      url,
      "select conname, pg_get_constraintdef(oid) as def from pg_constraint where connamespace = 'public'::regnamespace and conrelid::regclass::text not like 'knex%' order by 1",
    ),
  });

  it("revert to an empty schema and apply to the same schema again, also when two run at once", async () => {
    const empty = await createTestDatabase();
    const connections = [1, 2].map(() =>
      knexFactory({ client: "pg", connection: empty.url, pool: { min: 0, max: 2 } }),
    );
    const [one, two] = connections as [Knex, Knex];
    try {
      const applied = await Promise.all([migrateToLatest(one), migrateToLatest(two)]);
      expect(applied.flat()).toEqual([...new Set(applied.flat())]);
      expect(applied.flat().length).toBeGreaterThan(0);
      const first = await dump(empty.url);
      expect(first).toEqual(await dump(database.url));
      const [last, previous] = applied.flat().reverse();
      // Both have read the same name, as two operators would confirm it.
      const reverts = await Promise.allSettled([one, two].map((knex) => revertLastMigration(knex, last)));
      expect(reverts.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect((await findLastMigration(one))?.name).toBe(previous);
      while (await revertLastMigration(one));
      expect(await dump(empty.url)).toEqual({ columns: [], indexes: [], constraints: [] });
      await migrateToLatest(one);
      expect(await dump(empty.url)).toEqual(first);
      expect(await migrateToLatest(one)).toEqual([]);
    } finally {
      await Promise.all(connections.map((connection) => connection.destroy()));
      await empty.drop();
    }
  });
});

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  Plans?: Plan[];
}
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

describe("every statement of the application", () => {
  const sent = new Map<string, unknown[]>();
  beforeAll(async () => {
    // Its statistics of tables that the services empty would change the plans.
    await query(`do $$ declare name text; begin
      for name in select tablename from pg_tables where schemaname = 'public'
      loop execute format('alter table %I set (autovacuum_enabled = off)', name); end loop;
    end $$`);
    // Many users with a few tasks each, and later one with many, so that an index pays off.
    await query(
      `insert into "user" (email, name) select 'u' || n || '@example.org', 'U' from generate_series(1, 500) n`,
    );
    await query(
      `insert into task (user_id, title, completed) select id, 't', n % 2 = 0 from "user", generate_series(1, 10) n`,
    );
    await query(
      `insert into session (user_id, token, expires_at) select id, 'token-' || id, now() + interval '1 day' from "user"`,
    );
    await query(
      `insert into account (user_id, account_id, provider_id) select id, id, 'credential' from "user" on conflict do nothing`,
    );
    await query("analyze");
    const knex = openTestDatabase(database.url);
    knex.on("query", ({ sql, bindings }: { sql: string; bindings: unknown[] }) => sent.set(sql, bindings));
    await useAllServices();
  }, 60_000);
  afterAll(closeDatabase);

  async function useAllServices(): Promise<void> {
    const email = `${randomUUID()}@example.org`;
    await signUp({ email, name: "Ada", password: PASSWORD }, CLIENT);
    const { token } = await signIn({ email, password: PASSWORD }, CLIENT);
    const session = await authenticate(verifySessionToken(token), CLIENT);
    const userId = session.user.id;
    await query(
      "insert into task (user_id, title, completed) select $1, 't', n % 3 = 0 from generate_series(1, 3000) n",
      [userId],
    );
    await query(
      `insert into deleted_task (id, user_id, title, completed, created_at, updated_at, deleted_at)
       select 1000000 + n, $1, 't', false, now(), now(), now() - n * interval '1 minute' from generate_series(1, 3000) n`,
      [userId],
    );
    await query("analyze task");
    await query("analyze deleted_task");
    await useLinks(session, email);
    await startTotp(session, { password: PASSWORD }, CLIENT);
    const secret = (await getTotpWithSetup(session)).setup?.secret ?? "";
    const step = stepAt(Date.now());
    const [recoveryCode = ""] = await confirmTotp(session, { totp_code: codeOfStep(secret, step) }, CLIENT);
    await signIn({ email, password: PASSWORD, totp_code: codeOfStep(secret, step + 1) }, CLIENT);
    const [newCode = ""] = await renewRecoveryCodes(
      session,
      { password: PASSWORD, totp_code: recoveryCode },
      CLIENT,
    );
    await removeTotp(session, { password: PASSWORD, totp_code: newCode }, CLIENT);
    await renewToken({ ...session, tokenIssuedAt: session.tokenIssuedAt - 2 * 86_400 });
    await changeProfile(
      session,
      { name: "Grace", email: `new.${email}`, current_password: PASSWORD },
      CLIENT,
    );
    await changePassword(session, { current_password: PASSWORD, password: "another good one" }, CLIENT);
    const caller = toCaller(session, CLIENT);
    const { id } = await createTask(caller, { title: "a", description: "b" });
    for (const query of [{}, { completed: true }, { q: "milk" }])
      await getTaskPageJson(caller, { page: 1, limit: 20, ...query });
    for (const show of ["all", "open", "done"] as const)
      for (const q of ["", "milk"]) await getTaskDashboard(caller, { page: 1, show, q });
    await submitTask(caller, { title: "a" }, randomUUID());
    await createTaskOnce(caller, { title: "a" }, randomUUID());
    await getTaskText(caller, id);
    await changeTask(caller, id, { title: "b", description: null, completed: true });
    await completeTask(caller, id);
    await saveTask(caller, id, { title: "c", description: null }, { version: 1, title: "b" });
    const [foreignTask] = await newTask(await newUser(), "b");
    await expect(getTaskText(caller, Number(foreignTask.id))).rejects.toMatchObject({ code: "FORBIDDEN" });
    const newToken = {
      name: "Calendar",
      scope: "tasks:write",
      expires_in_days: 1,
      password: "another good one",
    } as const;
    const accessToken = await createAccessToken(session, newToken, CLIENT);
    const tokenCaller = await findAccessTokenCaller(accessToken.token, CLIENT);
    await getTaskText(tokenCaller, id);
    await completeTask(tokenCaller, id);
    await assertActive(tokenCaller);
    await getAccessTokens(userId);
    const lastUse = "select 1 from personal_access_token where id = $1 and last_used_at is not null";
    await waitFor(async () => expect(await query(lastUse, [accessToken.id])).toHaveLength(1));
    await removeAccessToken(session, accessToken.id, CLIENT);
    await removeTask(caller, id);
    await getTaskOrDeleted(caller, id);
    await getTrashPage(caller, 1);
    await restoreTask(caller, id);
    const { version } = await getTaskText(caller, id);
    await removeTask(caller, id, [version]);
    await eraseTask(caller, id);
    await cleanUp();
    await query("update session set last_used_at = now() - interval '1 hour' where id = $1", [session.id]);
    await authenticate(verifySessionToken(token), CLIENT);
    const sessionUse = "select id from session where id = $1 and last_used_at > now() - interval '1 minute'";
    await waitFor(async () => expect(await query(sessionUse, [session.id])).toHaveLength(1));
    await getSessions(session);
    for await (const _ of await exportAccount(session));
    await emptyTrash(caller);
    await removeOtherSessions(session, CLIENT);
    await expect(removeSession(session, randomUUID(), CLIENT)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await signOut(session, CLIENT);
    await removeAccount(session, { password: "another good one" }, CLIENT);
    expect(await isHealthy()).toBe(true);
  }

  /** The functions of services/password-reset and email-change read SMTP_URL; the statements are theirs. */
  async function useLinks({ user }: { user: { id: string } }, email: string): Promise<void> {
    const link = (purpose: LinkPurpose) => ({ tokenHash: randomBytes(32), purpose, email });
    const [reset, change] = [link("password_reset"), link("email_change")];
    for (const one of [reset, change]) {
      await insertLink(user.id, one);
      expect(await findLink(one.purpose, one.tokenHash)).toMatchObject({ user_id: user.id, email });
    }
    expect(await findPendingEmail(user.id)).toBe(email);
    await withIdentityTransaction(async () => {
      expect(await consumeLink(change.purpose, change.tokenHash)).toMatchObject({ user_id: user.id });
      expect(await consumeLink(change.purpose, change.tokenHash)).toBeUndefined();
      await removeLinks(user.id, "password_reset");
    });
    expect(await findLink(reset.purpose, reset.tokenHash)).toBeUndefined();
  }

  /** The plans of all statements with sequential scans disabled. */
  async function plans(): Promise<Map<string, Plan[]>> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const found = new Map<string, Plan[]>();
    try {
      await client.query("set enable_seqscan = off");
      for (const [sql, bindings] of sent) {
        if (!/^\s*(select|with|update|delete)\b/i.test(sql)) continue;
        const { rows: explained } = await client.query(`explain (format json) ${sql}`, bindings);
        found.set(sql, nodesOf(explained[0]["QUERY PLAN"][0].Plan));
      }
    } finally {
      await client.end();
    }
    return found;
  }

  it("finds its rows with an index, not with a sequential scan", async () => {
    const all = await plans();
    const statements = [...all.keys()].join("\n");
    // The statements of the list, the counts, the session and the sign-in were all recorded.
    for (const part of [
      "from task where user_id",
      "join task_count",
      "completed = ",
      "from session s join",
      "from personal_access_token where id = $1",
      "from personal_access_token where digest = $1",
      "update personal_access_token set last_used_at",
      "(created_at, id) >",
      "(deleted_at, id) >",
      "from deleted_task where user_id",
      `"last_used_at" = now()`,
      `from "session" where "session"."user_id"`,
      `delete from "user"`,
      `"user"`,
      `"account"`,
      `"session"`,
    ]) {
      expect(statements).toContain(part);
    }
    expect(all.size).toBeGreaterThan(12);
    for (const [sql, nodes] of all) {
      const scanned = nodes
        .filter((node) => node["Node Type"] === "Seq Scan")
        .map((node) => node["Relation Name"]);
      expect(scanned, sql).toEqual([]);
      // A full index scan is no better.
      const unbounded = nodes.filter((node) => /Index/.test(node["Node Type"]) && !node["Index Cond"]);
      expect(unbounded, sql).toEqual([]);
    }
  });

  it("reads a page of tasks in index order, without a sort", async () => {
    const lists = [...(await plans())].filter(
      ([sql]) => /json_agg\(page_task\)/.test(sql) && /join task_count/.test(sql) && !sql.includes("strpos"),
    );
    expect(lists.map(([, nodes]) => nodes.flatMap((node) => node["Index Name"] ?? [])).sort()).toEqual([
      expect.arrayContaining(["task_done"]),
      expect.arrayContaining(["task_newest"]),
      expect.arrayContaining(["task_newest"]),
      expect.arrayContaining(["task_newest_by_state"]),
      expect.arrayContaining(["task_newest_by_state"]),
    ]);
    for (const [sql, nodes] of lists) {
      // Above the limit, the rows of the page, at most 100, are sorted for the JSON.
      const limit = nodes.find((node) => node["Node Type"] === "Limit");
      expect(
        nodesOf(limit as Plan).map((node) => node["Node Type"]),
        sql,
      ).not.toContain("Sort");
    }
  });

  it("searches the tasks of one user only", async () => {
    const searches = [...(await plans())].filter(([sql]) => sql.includes("strpos"));
    // The API, and the two orders of the dashboard.
    expect(searches).toHaveLength(3);
    for (const [sql, nodes] of searches) {
      const scans = nodes.filter(
        (node) => node["Relation Name"] === "task" && node["Index Name"] !== "task_pkey",
      );
      const conditions = nodes.flatMap((node) =>
        /^task_(?!pkey|count)/.test(node["Index Name"] ?? "") ? node["Index Cond"] : [],
      );
      expect(scans.length, sql).toBe(1);
      expect(conditions, sql).toEqual([expect.stringMatching(/^\(user_id = /)]);
    }
  });

  it("reads the tasks of an export in index order, from the cursor", async () => {
    const [exportPlan] = [...(await plans())].filter(([sql]) => sql.includes("(created_at, id) >"));
    const nodes = exportPlan?.[1] ?? [];
    expect(nodes.map((node) => node["Node Type"])).toEqual(["Limit", "Index Scan"]);
    expect(nodes[1]).toMatchObject({
      "Index Name": "task_newest",
      "Index Cond": expect.stringContaining("ROW(created_at, id) >"),
    });
  });

  it("reads a page of the trash and the deleted tasks of an export in index order", async () => {
    const all = [...(await plans())];
    const page = all.find(([sql]) => sql.includes("order by deleted_task.deleted_at desc"))?.[1] ?? [];
    const exported = all.find(([sql]) => sql.includes("(deleted_at, id) >"))?.[1] ?? [];
    for (const nodes of [page, exported]) {
      expect(nodes.map((node) => node["Node Type"])).not.toContain("Sort");
      const scans = nodes.filter((node) => node["Relation Name"] === "deleted_task");
      expect(scans.map((node) => node["Index Name"])).toEqual(["deleted_task_newest"]);
    }
  });

  it("passes values as bindings, so that no user text is part of a statement", () => {
    for (const sql of sent.keys())
      expect(sql).not.toMatch(/@example\.org|Grace|another good one|milk|Calendar/);
  });

  it("together with the others uses every index, except unique ones, those of cascades and Better Auth's own table", async () => {
    const used = new Set([...(await plans()).values()].flat().flatMap((node) => node["Index Name"] ?? []));
    const indexes = await query(
      "select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid where t.relnamespace = 'public'::regnamespace and not i.indisunique and not (i.indnatts = 1 and exists (select from pg_constraint f where f.contype = 'f' and f.conrelid = i.indrelid and f.conkey[1] = i.indkey[0])) and t.relname not in ('verification') and t.relname not like 'knex%'",
    );
    expect(indexes.map((row) => row.name).filter((name) => !used.has(name))).toEqual([]);
  });
});
