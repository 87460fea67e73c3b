import { Agent, get } from "node:http";
import pg from "pg";
import { percentile } from "../support/percentile.ts";
import type { BenchUser } from "./dataset.ts";

const PAGE_SIZE = 20;
const ROUNDS = 200;
const WARM_UP_ROUNDS = 20;
/** The default of TASKS_PER_USER_MAX. */
const QUOTA = 50_000;

export interface GrowthRow {
  tasks: number;
  page: number;
  medianMs: number;
}

/** Gives the user of a token as many tasks as an account can have. */
async function fillAccount(databaseUrl: string, { taskIds: [anyTask] }: BenchUser): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into task (user_id, title, completed, created_at)
       select t.user_id, 'Water the fern', n % 3 = 0, now() - n * interval '1 minute'
       from task t, generate_series(1, $2 - (select count(*)::int from task where user_id = t.user_id)) n
       where t.id = $1`,
      [anyTask, QUOTA],
    );
    await client.query("vacuum analyze task");
  } finally {
    await client.end();
  }
}

async function requestMs(url: string, { token }: BenchUser, agent: Agent): Promise<number> {
  const startedAt = performance.now();
  await new Promise<void>((resolve, reject) => {
    get(url, { agent, headers: { Authorization: `Bearer ${token}` } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      response.resume().on("end", resolve);
    }).on("error", reject);
  });
  return performance.now() - startedAt;
}

/**
 * Measures the first, the middle and the last page of an account with few tasks and of one at the quota. The requests of
 * all pages take turns, one at a time.
 */
export async function measureGrowth(
  base: string,
  databaseUrl: string,
  [few, many]: BenchUser[],
): Promise<GrowthRow[]> {
  if (!few || !many) throw new Error("the growth of an account needs two users");
  await fillAccount(databaseUrl, many);
  const agent = new Agent({ keepAlive: true });
  const pages = [few, many].flatMap((user) => {
    const tasks = user === many ? QUOTA : user.taskIds.length;
    const last = Math.ceil(tasks / PAGE_SIZE);
    return [1, Math.ceil(last / 2), last].map((page) => ({ user, tasks, page, times: [] as number[] }));
  });
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    for (const { user, page, times } of pages) {
      const ms = await requestMs(`${base}/api/tasks?limit=${PAGE_SIZE}&page=${page}`, user, agent);
      if (round >= WARM_UP_ROUNDS) times.push(ms);
    }
  }
  agent.destroy();
  return pages.map(({ tasks, page, times }) => ({ tasks, page, medianMs: percentile(times, 50) }));
}

/** A Markdown table; the ratio is to the first page of the small account. */
export function growthTable(rows: GrowthRow[]): string {
  const base = rows[0]?.medianMs ?? Number.NaN;
  const lines = rows.map(
    ({ tasks, page, medianMs }) =>
      `| ${tasks} | ${page} | ${medianMs.toFixed(2)} | ${(medianMs / base).toFixed(1)} |`,
  );
  return ["| tasks | page | median ms | ratio |", "|--:|--:|--:|--:|", ...lines].join("\n");
}
