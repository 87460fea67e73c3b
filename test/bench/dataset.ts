import pg from "pg";
import { forgeCookie, forgeToken } from "../support/forge-credentials.ts";
import { PASSWORD_HASH } from "../support/users.ts";

/** A user of the benchmark with a live session. */
export interface BenchUser {
  email: string;
  token: string;
  /** `name=value` of Tock's session cookie. */
  cookie: string;
  taskIds: number[];
}

/** As many send requests, however many there are: what is compared is the size of the data, not of caches per user. */
const SENDERS_MAX = 1000;
const SESSION_SECONDS = 7 * 24 * 60 * 60;

/**
 * Fills a migrated, empty database and analyses it.
 * @returns the users that send requests, spread over all of them, each with a token that the servers accept
 */
export async function createDataset(url: string, users: number, tasksPerUser: number): Promise<BenchUser[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into "user" (email, name) select 'bench' || n || '@example.org', 'Bench ' || n
       from generate_series(1, $1) n`,
      [users],
    );
    await client.query(
      `insert into account (user_id, account_id, provider_id, password_hash)
       select id, id, 'credential', $1 from "user"`,
      [PASSWORD_HASH],
    );
    await client.query(
      `insert into session (user_id, token, expires_at, ip_address, user_agent)
       select id, gen_random_uuid(), now() + interval '7 days', '127.0.0.1', 'bench' from "user"`,
    );
    await client.query(
      `insert into task (user_id, title, description, completed, created_at, updated_at)
       select id, 'Water the fern on the window sill, row ' || n,
         case when n % 2 = 0 then 'Half a litre in summer, less in winter; not the cactus.' end,
         n % 3 = 0, now() - n * interval '1 hour', now() - n * interval '1 hour'
       from generate_series(1, $1) n cross join "user"`,
      [tasksPerUser],
    );
    await client.query('vacuum analyze "user"');
    await client.query("vacuum analyze session");
    await client.query("vacuum analyze task");
    const { rows } = await client.query(
      `select u.id, u.email, s.id as sid, array(select id from task where user_id = u.id) as task_ids
       from (select *, row_number() over (order by id) as n from "user") u join session s on s.user_id = u.id
       where n % $1 = 0`,
      [Math.ceil(users / SENDERS_MAX)],
    );
    return await Promise.all(rows.map(asBenchUser));
  } finally {
    await client.end();
  }
}

interface Row {
  id: string;
  email: string;
  sid: string;
  task_ids: string[];
}

async function asBenchUser({ id, email, sid, task_ids }: Row): Promise<BenchUser> {
  const iat = Math.floor(Date.now() / 1000);
  const token = forgeToken({ user_id: id, email, sid, iat, exp: iat + SESSION_SECONDS });
  return { email, token, cookie: await forgeCookie({ token }), taskIds: task_ids.map(Number) };
}
