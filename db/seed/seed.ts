import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import {
  demoUser,
  generateTask,
  generateUser,
  type Random,
  randomFrom,
  type SeedTask,
  type SeedUser,
} from "./generate.ts";

export interface SeedOptions {
  /** People to add, the demo account aside, and tasks for each of them. */
  users: number;
  tasks: number;
  /** The same number on the same contents gives the same people and tasks, counted back from now. */
  seed: number;
  /** bcrypt's; everybody gets this one, because hashing takes a quarter of a second. */
  passwordHash: string;
  signal: AbortSignal;
  /** Of the users × (1 + tasks) rows to come; the demo account's are not counted, they may be there. */
  onProgress(rows: number): void;
}

export interface SeedReport {
  users: number;
  tasks: number;
  demo: "made" | "refreshed" | "left alone";
  /** Whom else one can sign in as. */
  somebody: string | undefined;
}

interface Member extends SeedUser {
  id: string;
  email: string;
}

export const DEMO_EMAIL = "demo@example.org";
/** Tells the demo account that a seed made from one that somebody signed up for. */
const DEMO_ID = "5eedde30-0000-4000-8000-000000000001";

/** Reserved by RFC 2606: nobody's address is there, so whoever has one here came from a seed or a test. */
const DOMAINS = ["example.org", "example.com", "example.net"];
const SEEDED = `@(${DOMAINS.join("|").replaceAll(".", "\\.")})$`;

const BATCH_ROWS = 1000;
/** Whole people only, so that an interruption leaves nobody with half of their tasks. */
const TRANSACTION_ROWS = 10_000;

/**
 * Whether anybody signed up here who is not of a seed.
 * @returns how many; 0 as well when there is no schema yet
 */
export async function countRealUsers(knex: Knex): Promise<number> {
  if (!(await knex.schema.hasTable("user"))) return 0;
  const { rows } = await knex.raw('select count(*) as strangers from "user" where email !~ ?', [SEEDED]);
  return Number(rows[0].strangers);
}

/**
 * Adds invented people with their tasks, and the demo account unless it is there. Each transaction holds whole people.
 * @throws the signal's reason between two batches, when it is aborted
 */
export async function seed(knex: Knex, options: SeedOptions): Promise<SeedReport> {
  const now = new Date();
  const taken = await seededAddresses(knex);
  // With what is there already: a second run adds other people, not the same ones again.
  const random = randomFrom(options.seed * 1_000_003 + taken.size);
  const demo = await seedDemo(knex, random, now, { ...options, onProgress: () => undefined });
  const report: SeedReport = { users: 0, tasks: demo.tasks, demo: demo.outcome, somebody: undefined };
  const crowd = Math.max(1, Math.min(BATCH_ROWS, Math.floor(TRANSACTION_ROWS / (1 + options.tasks))));
  while (report.users < options.users) {
    const size = Math.min(crowd, options.users - report.users);
    const members = Array.from({ length: size }, () => admit(generateUser(random, now), random, taken));
    report.tasks += await knex.transaction((trx) => addMembers(trx, members, random, now, options));
    report.users += size;
    report.somebody ??= members[0]?.email;
  }
  // Otherwise the first pages are planned for an empty table.
  await knex.raw('analyze "user", account, task');
  return report;
}

async function seededAddresses(knex: Knex): Promise<Set<string>> {
  const { rows } = await knex.raw('select email from "user" where email ~ ?', [SEEDED]);
  return new Set(rows.map((row: { email: string }) => row.email));
}

function admit(person: SeedUser, random: Random, taken: Set<string>): Member {
  const domain = DOMAINS[Math.floor(random() * DOMAINS.length)];
  let email = `${person.address}@${domain}`;
  for (let number = 2; taken.has(email); number++) email = `${person.address}${number}@${domain}`;
  taken.add(email);
  return { ...person, id: randomUUID(), email };
}

async function seedDemo(knex: Knex, random: Random, now: Date, options: SeedOptions) {
  const member: Member = { ...demoUser(now), id: DEMO_ID, email: DEMO_EMAIL };
  return knex.transaction(async (trx) => {
    const found = await trx("user").where({ id: DEMO_ID }).orWhere({ email: DEMO_EMAIL }).select("id");
    if (found.some(({ id }) => id !== DEMO_ID)) return { outcome: "left alone" as const, tasks: 0 };
    if (found.length === 0) {
      return { outcome: "made" as const, tasks: await addMembers(trx, [member], random, now, options) };
    }
    await refreshDemo(trx, options.passwordHash, member);
    const [first] = await trx("task").where({ user_id: DEMO_ID }).limit(1);
    const tasks = first ? 0 : await addTasks(trx, [member], random, now, options);
    return { outcome: "refreshed" as const, tasks };
  });
}

/** Whoever tried things out as the demo may have changed the password: then others hold its sessions too. */
async function refreshDemo(
  trx: Knex.Transaction,
  passwordHash: string,
  { email, name }: Member,
): Promise<void> {
  const updated_at = new Date();
  await trx("user").where({ id: DEMO_ID }).update({ email, name, updated_at });
  await trx("account")
    .insert({ ...credentialOf(DEMO_ID, passwordHash), created_at: updated_at, updated_at })
    .onConflict(["provider_id", "account_id"])
    .merge(["password_hash", "updated_at"]);
  await trx("session").where({ user_id: DEMO_ID }).delete();
}

/** Better Auth's row for an e-mail and password account: its account_id is the user's own id. */
function credentialOf(id: string, password_hash: string) {
  return { user_id: id, account_id: id, provider_id: "credential", password_hash };
}

/** @returns how many tasks they got */
async function addMembers(
  trx: Knex.Transaction,
  members: Member[],
  random: Random,
  now: Date,
  options: SeedOptions,
): Promise<number> {
  const times = (member: Member) => ({ created_at: member.joined, updated_at: member.joined });
  await trx("user").insert(
    members.map((member) => ({ id: member.id, email: member.email, name: member.name, ...times(member) })),
  );
  await trx("account").insert(
    members.map((member) => ({ ...credentialOf(member.id, options.passwordHash), ...times(member) })),
  );
  options.onProgress(members.length);
  return addTasks(trx, members, random, now, options);
}

async function addTasks(
  trx: Knex.Transaction,
  members: Member[],
  random: Random,
  now: Date,
  { tasks, signal, onProgress }: SeedOptions,
): Promise<number> {
  let rows: (SeedTask & { user_id: string })[] = [];
  const flush = async () => {
    signal.throwIfAborted();
    await insertTasks(trx, rows);
    onProgress(rows.length);
    rows = [];
  };
  // PostgreSQL plans the check of user_id once a connection. While there are few users it would choose to read them all,
  // and go on doing so for every task when there are thousands.
  await trx.raw("set local enable_seqscan = off");
  for (const member of members) {
    for (let index = 0; index < tasks; index++) {
      const position = (index + random()) / tasks;
      rows.push({ user_id: member.id, ...generateTask(random, member, position, now) });
      if (rows.length === BATCH_ROWS) await flush();
    }
  }
  if (rows.length > 0) await flush();
  return members.length * tasks;
}

/** All rows as one JSON: building and planning a VALUES list of thousands of bindings takes longer than the insert. */
async function insertTasks(trx: Knex.Transaction, rows: (SeedTask & { user_id: string })[]): Promise<void> {
  await trx.raw(
    `insert into task (user_id, title, description, completed, created_at, updated_at)
     select * from json_to_recordset(?::json) as one (user_id uuid, title text, description text,
       completed boolean, created_at timestamptz, updated_at timestamptz)`,
    [JSON.stringify(rows)],
  );
}
