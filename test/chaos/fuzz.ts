import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import pg from "pg";
import { isApiPath } from "#app/http/responses/error-response.server.ts";
import type { AppServer } from "../support/app-server.ts";
import { UUID } from "../support/assertions.ts";
import { signUp, type TestUser } from "../support/users.ts";
import { type HostileRequest, hostileRequests, written } from "./hostile-requests.ts";
import { connectRawClient, type RawResponse } from "./raw-client.ts";

const MARK = "Only Ann may read this";
const WIRES = 16;
const BATCH = 200;
/** What a request came to that changed something, told by how many rows it adds. */
interface Effects {
  tasks: number;
  /** Changes by a page's form, of which only the form knows what they are. */
  unknown: number;
}

const SAFE = new Set(["GET", "HEAD"]);
type Rights = (shot: HostileRequest, person: TestUser) => [string, string][];

/** The path of every route, as the file names make them. */
export async function routePaths(): Promise<string[]> {
  // Not part of Remix's public interface, and without types for it.
  const { flatRoutes } = (await import(
    "@remix-run/dev/dist/config/flat-routes.js"
  )) as typeof import("@remix-run/dev/dist/config/flat-routes.js");
  const routes = flatRoutes(fileURLToPath(new URL("../../app", import.meta.url)));
  return Object.values(routes).map(({ path = "" }) => join("/", path));
}

/** So many of what a batch was refused are sent once more, in a batch of which all is refused. */
const AGAIN = 30;
/** Refusals that do not hang on who else has done what meanwhile. */
const FIRM = new Set([400, 403, 405, 413, 415, 422]);

/** Columns that a request may change by being made at all. */
const USES = "'last_used_at', 'ip_address', 'user_agent', 'updated_at', 'expires_at'";
const sum = (table: string, row: string, owner: string) =>
  `(select count(*) || ' ' || coalesce(md5(string_agg(${row}, ',' order by ${row})), '') from "${table}" r where ${owner})`;
const snapshotSql = (relation: "=" | "<>") => `
  select ${sum("task", "to_jsonb(r)::text", `user_id ${relation} $1`)} as tasks,
    ${sum("user", "to_jsonb(r)::text", `id ${relation} $1`)} as users,
    ${sum("account", "to_jsonb(r)::text", `user_id ${relation} $1`)} as accounts,
    ${sum("session", `(to_jsonb(r) - array[${USES}])::text`, `user_id ${relation} $1`)} as sessions`;

/** The path as a URL has it, without dots and the like. */
function pathOf(target: string): string {
  const url = /^https?:/.test(target) ? target : `http://localhost${target}`;
  return URL.canParse(url) ? new URL(url).pathname : "";
}

/** What is wrong with an answer, if anything. */
function faults(shot: HostileRequest, seen: RawResponse): string[] {
  const { status, headers, text } = seen;
  const found: string[] = [];
  const hold = (condition: boolean, otherwise: string) => void (condition || found.push(otherwise));
  if (status === 0) return text ? [text] : shot.broken ? [] : ["the connection ended without an answer"];
  hold(status < 500, "5xx");
  hold(UUID.test(headers.get("x-request-id") ?? ""), "no X-Request-Id");
  hold(
    !/(^|\n|\\n)\s+at .*:\d+:\d+|node_modules|\/app\/\w+\/|insert into "|select "/i.test(text),
    "it tells of our insides",
  );
  hold(!text.includes(MARK), "it shows what is somebody else's");
  const to = headers.get("location");
  hold(to === undefined || /^\/(?![/\\])/.test(to), `it leads away: ${to}`);
  const isApi = !shot.broken && isApiPath(pathOf(shot.target));
  if (isApi && status >= 300 && shot.method !== "HEAD") hold(isEnvelope(seen), "no envelope");
  // Node cuts off what it sends piece by piece to a client who has hung up.
  if (
    status >= 400 &&
    text &&
    !headers.has("content-encoding") &&
    headers.get("content-type")?.includes("json")
  )
    hold(isEnvelope(seen), "JSON, but no envelope");
  hold(!/text\/html/.test(headers.get("content-type") ?? "") || !SCRIPT.test(text), "it echoes a script");
  return found;
}
const SCRIPT = /<script>alert\(1\)|<img src=x/;

function isEnvelope({ headers, text }: RawResponse): boolean {
  if (!/^application\/json/.test(headers.get("content-type") ?? "")) return false;
  try {
    const { success, error, ...rest } = JSON.parse(text);
    return (
      success === false &&
      Object.keys(rest).length === 0 &&
      /^[A-Z_]+$/.test(error.code) &&
      error.message.length > 0 &&
      Object.keys(error).every((key) => ["code", "message", "details"].includes(key))
    );
  } catch {
    return false;
  }
}

/** How many rows an answer says that it changed. */
function effectOf({ method, target }: HostileRequest, { status }: RawResponse, effects: Effects): void {
  if (SAFE.has(method) || status === 0 || status >= 400) return;
  if (status === 201 && method === "POST" && /tasks/i.test(target)) effects.tasks += 1;
  else if (status === 204 && method === "DELETE" && /tasks/i.test(target)) effects.tasks -= 1;
  else effects.unknown += 1;
}

export interface FuzzOptions {
  requests: number;
  seconds: number;
  seed: number;
  say(line: string): void;
  signal: AbortSignal;
}

export interface FuzzReport {
  seed: number;
  requests: number;
  seconds: number;
  /** How often each status came; 0 is a connection that ended. */
  statuses: Map<number, number>;
  changes: number;
  /** Batches of which all was refused, and after which the database was what it had been before. */
  unchanged: number;
  /** One line for each fault, with the request that showed it. */
  faults: string[];
}

const FAULTS_TOLD = 20;

/**
 * Sends generated requests until there were `requests` of them or `seconds` are over, whichever comes last, and looks
 * after each batch whether the database holds what it may.
 */
export async function fuzz(
  tock: AppServer,
  { requests, seconds, seed, say, signal }: FuzzOptions,
): Promise<FuzzReport> {
  const database = new pg.Client({ connectionString: tock.databaseUrl });
  await database.connect();
  const ann = await signUp(tock.url, { name: MARK });
  const secret = (await ann.api("POST", "/api/tasks", { title: MARK, description: MARK })).body.id;
  const routes = await routePaths();
  const wires = Array.from({ length: WIRES }, () => connectRawClient(tock.url));
  const host = new URL(tock.url).host;
  const began = Date.now();
  const damage: FuzzReport = {
    seed,
    requests: 0,
    seconds: 0,
    statuses: new Map(),
    changes: 0,
    unchanged: 0,
    faults: [],
  };
  const blame = (what: string) => void (damage.faults.length < FAULTS_TOLD && damage.faults.push(what));

  let mallory: TestUser | undefined;
  const targets = { own: [""], foreign: [String(secret)], routes };
  const snapshot = async (relation: "=" | "<>") =>
    JSON.stringify((await database.query(snapshotSql(relation), [mallory?.id])).rows[0]);

  /** Somebody who can still sign: some requests do end the session they come with, or the account. */
  async function attacker(): Promise<TestUser> {
    if (mallory && (await mallory.api("GET", "/api/auth/profile")).status === 200) return mallory;
    mallory = await signUp(tock.url, { name: "Mallory" });
    const { body } = await mallory.api("POST", "/api/tasks", { title: "mine" });
    targets.own = [String(body.id)];
    return mallory;
  }

  const rightsOf = (shot: HostileRequest, person: TestUser): [string, string][] =>
    shot.as === "bearer"
      ? [["Authorization", `Bearer ${person.token}`]]
      : shot.as === "cookie"
        ? [
            ["Cookie", person.cookie],
            ["Sec-Fetch-Site", "same-origin"],
          ]
        : shot.as === "garbage"
          ? [
              ["Cookie", `${person.cookie.slice(0, -4)}AAAA`],
              ["Authorization", `Bearer ${person.token.slice(0, -3)}AAA`],
            ]
          : [];

  /** Rights that nobody can change anything with: another site's, or a token that is not ours. */
  const worthlessRights = (shot: HostileRequest, person: TestUser): [string, string][] =>
    shot.as === "cookie"
      ? [
          ["Cookie", person.cookie],
          ["Sec-Fetch-Site", "cross-site"],
        ]
      : rightsOf(shot.as === "bearer" ? { ...shot, as: "garbage" } : shot, person);

  let refused: HostileRequest[] = [];
  const noteRefused = (shot: HostileRequest, { status }: RawResponse) => {
    const isMine = shot.as === "bearer" || shot.as === "cookie";
    if (isMine && FIRM.has(status) && !SAFE.has(shot.method) && refused.length < AGAIN) refused.push(shot);
  };

  async function fire(
    shots: HostileRequest[],
    person: TestUser,
    effects: Effects,
    rights: Rights,
  ): Promise<void> {
    const queue = [...shots.entries()];
    const shoot = async (wire: (typeof wires)[number]) => {
      for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) {
        const [at, shot] = next;
        const request = written(shot, host, rights(shot, person));
        // What is no whole request is followed by the end, or the server would wait for the rest.
        const own = shot.broken ? connectRawClient(tock.url) : wire;
        const seen = await own.send(request, {
          bodiless: shot.method === "HEAD",
          last: shot.broken !== undefined,
        });
        if (own !== wire) own.close();
        damage.requests += 1;
        noteRefused(shot, seen);
        damage.statuses.set(seen.status, (damage.statuses.get(seen.status) ?? 0) + 1);
        // Without rights one can but open an account, whatever the answer is.
        if (rights === rightsOf || /signup/i.test(shot.target)) effectOf(shot, seen, effects);
        for (const fault of faults(shot, seen))
          blame(
            `${fault} (${seen.status}), seed ${damage.seed} request ${damage.requests} (${at}): ${JSON.stringify(request.toString("latin1").slice(0, 600))}`,
          );
      }
    };
    await Promise.all(wires.map(shoot));
  }

  try {
    for (let batch = 0; !signal.aborted; batch += 1) {
      damage.seconds = (Date.now() - began) / 1_000;
      if (damage.requests >= requests && damage.seconds >= seconds) break;
      const person = await attacker();
      const shots = fc.sample(hostileRequests(targets), { seed: seed + batch, numRuns: BATCH });
      const [others, own] = [await snapshot("<>"), await snapshot("=")];
      const tasks = async () =>
        Number(
          (await database.query("select count(*) from task where user_id = $1", [person.id])).rows[0].count,
        );
      const before = await tasks();
      const effects: Effects = { tasks: 0, unknown: 0 };
      // Every other batch changes nothing at all: what was refused before, and what has no right to anything.
      if (batch % 2 === 0) await fire(shots, person, effects, rightsOf);
      else {
        const again = refused;
        refused = [];
        await fire(again, person, effects, rightsOf);
        damage.requests -= again.length;
        await fire(shots, person, effects, worthlessRights);
        refused = [];
      }
      const said = `batch ${batch} of seed ${seed}`;
      if ((await snapshot("<>")) !== others) blame(`${said}: rows of somebody else have changed`);
      const changed = effects.tasks !== 0 || effects.unknown > 0;
      if (!changed && (await snapshot("=")) === own) damage.unchanged += 1;
      else if (!changed) blame(`${said}: all was refused, and still rows have changed`);
      const off = Math.abs((await tasks()) - before - effects.tasks);
      if (off > effects.unknown) blame(`${said}: ${off} tasks more or fewer than the answers say`);
      if (changed) damage.changes += 1;
      say(`${damage.requests} requests, ${damage.faults.length} faults`);
    }
    if (tock.process.exitCode !== null) blame("the server has ended");
    for (const line of tock.log.filter((one) => /"level":"(error|fatal)"/.test(one)))
      blame(`logged: ${line.slice(0, 600)}`);
  } finally {
    for (const wire of wires) wire.close();
    await database.end();
  }
  damage.seconds = (Date.now() - began) / 1_000;
  return damage;
}
