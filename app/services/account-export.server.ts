import { createHash } from "node:crypto";
import { AppError } from "#app/errors.ts";
import { findLiveSession, findSessions, type LiveSession } from "#app/repositories/sessions.server.ts";
import { findTasksAfter } from "#app/repositories/tasks.server.ts";
import { rateLimitError } from "./rate-limits.server.ts";
import { describeSession } from "./sessions.server.ts";

const FORMAT = "tock-export";
const VERSION = 1;
/** So many tasks are in memory at a time, however many there are. */
const STEP = 50;
/** Of an export that nobody reads on with, until another may take its place. */
const STALLED_MS = 60_000;

/** When somebody's export came to its last step. */
interface Progress {
  at: number;
}
const activeExports = new Map<string, Progress>();

/**
 * Keeps each person to one export at a time: what a client does not read waits in memory.
 * @throws AppError RATE_LIMITED
 */
function acquireExportSlot(owner: string): Progress {
  const now = performance.now();
  const other = activeExports.get(owner);
  if (other && now - other.at < STALLED_MS)
    throw rateLimitError("Your last export is still under way.", 1, { resetMs: other.at + STALLED_MS - now });
  const turn = { at: now };
  activeExports.set(owner, turn);
  return turn;
}

function releaseExportSlot(owner: string, turn: Progress): void {
  if (activeExports.get(owner) === turn) activeExports.delete(owner);
}

/** The pieces, and the turn's end with theirs, whether they were read to the end, in part or not at all. */
function releaseWhenDone(pieces: AsyncGenerator<string>, end: () => void): AsyncIterableIterator<string> {
  const ending = async (step: Promise<IteratorResult<string>>) => {
    try {
      const result = await step;
      if (result.done) end();
      return result;
    } catch (error) {
      end();
      throw error;
    }
  };
  return {
    next: () => ending(pieces.next()),
    return: () => ending(pieces.return(undefined)),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * Canonical JSON (RFC 8785) of an object without objects in it: keys in order, no blanks. JSON.stringify writes texts,
 * numbers and the rest as that asks for.
 */
const canonical = (flat: object): string => JSON.stringify(flat, Object.keys(flat).sort());
const canonicalList = (list: object[]): string => list.map(canonical).join();

/**
 * Everything that is kept of somebody, tokens and the password's hash excepted, as the text of one JSON object. It is
 * the canonical JSON of `{sessions, tasks, user}` with one more key at its end: `manifest`, whose checksum is that
 * of the text without it. Read and sent piece by piece: tasks that are changed or deleted meanwhile may be in it or not,
 * later ones are not. It ends with its session.
 * @returns the text in pieces, of which the first has been read already
 * @throws AppError RATE_LIMITED while another one is under way; DB_ERROR or AUTH_INVALID, from the pieces too
 */
export async function exportAccount(session: LiveSession): Promise<AsyncIterable<string>> {
  const owner = session.user.id;
  const turn = acquireExportSlot(owner);
  const end = () => releaseExportSlot(owner, turn);
  try {
    return releaseWhenDone(await beginPieces(session, turn), end);
  } catch (error) {
    end();
    throw error;
  }
}

async function beginPieces({ id, user }: LiveSession, turn: Progress): Promise<AsyncGenerator<string>> {
  const exportedAt = new Date().toISOString();
  const sessions = (await findSessions(user.id)).map((record) => ({
    ...describeSession(record),
    user_agent: record.user_agent,
  }));
  const first = await findTasksAfter(user.id, STEP);

  async function* pieces() {
    const hash = createHash("sha256");
    const hashed = (text: string) => {
      hash.update(text);
      return text;
    };
    yield hashed(`{"sessions":[${canonicalList(sessions)}],"tasks":[`);
    let count = 0;
    for (let step = first; ; step = await findTasksAfter(user.id, STEP, step.next)) {
      if (step.tasks.length > 0) yield hashed(`${count > 0 ? "," : ""}${canonicalList(step.tasks)}`);
      count += step.tasks.length;
      if (!step.next) break;
      turn.at = performance.now();
      const isOver = activeExports.get(user.id) !== turn || !(await findLiveSession(user.id, id));
      if (isOver) throw new AppError("AUTH_INVALID", "What this export was asked for with has ended.");
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
