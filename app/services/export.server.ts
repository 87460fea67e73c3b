import { createHash } from "node:crypto";
import { findSessions, type LiveSession } from "#app/repositories/sessions.server.ts";
import { walkTasks } from "#app/repositories/tasks.server.ts";
import { describeSession } from "./sessions.server.ts";

const FORMAT = "tock-export";
const VERSION = 1;
/** So many tasks are in memory at a time, however many there are. */
const STEP = 500;

/**
 * Canonical JSON (RFC 8785) of an object without objects in it: keys in order, no blanks. JSON.stringify writes texts,
 * numbers and the rest as that asks for.
 */
const canonical = (flat: object): string => JSON.stringify(flat, Object.keys(flat).sort());
const canonicalList = (list: object[]): string => list.map(canonical).join();

/**
 * Everything that is kept of somebody, tokens and the password's hash excepted, as the text of one JSON object. It is
 * the canonical JSON of `{sessions, tasks, user}` with one more key at its end: `manifest`, whose checksum is that
 * of the text without it. Read and sent piece by piece: tasks that are added or deleted meanwhile may be in it or not.
 * @returns the text in pieces, of which the first has been read already
 * @throws AppError DB_ERROR, from the pieces too
 */
export async function exportAccount({ user }: LiveSession): Promise<AsyncIterable<string>> {
  const exportedAt = new Date().toISOString();
  const sessions = (await findSessions(user.id)).map((record) => ({
    ...describeSession(record),
    user_agent: record.user_agent,
  }));
  const first = await walkTasks(user.id, STEP);

  async function* pieces() {
    const hash = createHash("sha256");
    const hashed = (text: string) => {
      hash.update(text);
      return text;
    };
    yield hashed(`{"sessions":[${canonicalList(sessions)}],"tasks":[`);
    let count = 0;
    for (let step = first; ; step = await walkTasks(user.id, STEP, step.next)) {
      if (step.tasks.length > 0) yield hashed(`${count > 0 ? "," : ""}${canonicalList(step.tasks)}`);
      count += step.tasks.length;
      if (!step.next) break;
    }
    yield hashed(`],"user":${canonical(user)}`);
    const manifest = {
      format: FORMAT,
      version: VERSION,
      exported_at: exportedAt,
      counts: { tasks: count, sessions: sessions.length },
      checksum: `sha256:${hash.update("}").digest("hex")}`,
    };
    yield `,"manifest":${JSON.stringify(manifest)}}\n`;
  }
  return pieces();
}
