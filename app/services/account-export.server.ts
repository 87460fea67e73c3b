import { createHash } from "node:crypto";
import { AppError } from "#app/errors.ts";
import { findDeletedTasksAfter } from "#app/repositories/deleted-tasks.server.ts";
import { findActiveSession, findSessions } from "#app/repositories/identity/sessions.server.ts";
import { findTasksAfter, type TaskBatch } from "#app/repositories/tasks.server.ts";
import { getAccessTokens } from "./access-tokens.server.ts";
import { rateLimitError } from "./rate-limits.server.ts";
import { type AuthenticatedSession, toSessionInfo } from "./sessions.server.ts";

const FORMAT = "tock-export";
const VERSION = 1;
/** Bounds the memory of an export. */
const TASKS_PER_BATCH = 50;
/** After this time without a read, another export of the same user may replace an unfinished one. */
const STALLED_MS = 60_000;

interface ExportSlot {
  lastReadAt: number;
}
const activeExports = new Map<string, ExportSlot>();

/**
 * Limits each user to one export at a time, because a slow reader keeps a batch in memory.
 * @throws AppError RATE_LIMITED
 */
function acquireExportSlot(userId: string): ExportSlot {
  const now = performance.now();
  const active = activeExports.get(userId);
  if (active && now - active.lastReadAt < STALLED_MS) {
    const resetMs = active.lastReadAt + STALLED_MS - now;
    throw rateLimitError("export", "Your previous export is still running.", { limit: 1, resetMs });
  }
  const slot = { lastReadAt: now };
  activeExports.set(userId, slot);
  return slot;
}

function releaseExportSlot(userId: string, slot: ExportSlot): void {
  if (activeExports.get(userId) === slot) activeExports.delete(userId);
}

/**
 * Calls `release` when the stream ends, fails or is cancelled. A `finally` in the generator would not run when the
 * stream is cancelled before the first read.
 */
function releaseWhenDone(chunks: AsyncGenerator<string>, release: () => void): AsyncIterableIterator<string> {
  const releaseAtEnd = async (step: Promise<IteratorResult<string>>) => {
    try {
      const result = await step;
      if (result.done) release();
      return result;
    } catch (error) {
      release();
      throw error;
    }
  };
  return {
    next: () => releaseAtEnd(chunks.next()),
    return: () => releaseAtEnd(chunks.return(undefined)),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Canonical JSON (RFC 8785) of a flat object: keys sorted, no white space. */
const canonicalJson = (flat: object): string => JSON.stringify(flat, Object.keys(flat).sort());
const canonicalJsonItems = (list: object[]): string => list.map(canonicalJson).join();

/**
 * Exports all data of a user, except session tokens, digests of access tokens and the password hash. The text is the
 * canonical JSON of `{access_tokens, deleted_tasks, sessions, tasks, user}` with a last key `manifest`. Its checksum covers
 * the text without that key. Tasks that change or disappear during the export may be included or not; new ones are not.
 * The export fails when its session ends.
 * @returns the JSON text in chunks; the first query has already succeeded
 * @throws AppError RATE_LIMITED while another export runs; DB_ERROR or AUTH_INVALID, also from the chunks
 */
export async function exportAccount(session: AuthenticatedSession): Promise<AsyncIterable<string>> {
  const userId = session.user.id;
  const slot = acquireExportSlot(userId);
  const release = () => releaseExportSlot(userId, slot);
  try {
    return releaseWhenDone(await startExport(session, slot), release);
  } catch (error) {
    release();
    throw error;
  }
}

/** Reads all batches of a list of tasks, and checks before each that the export may continue. @returns the number of tasks */
async function* taskChunks(
  firstBatch: TaskBatch,
  nextBatch: (cursor: TaskBatch["next"]) => Promise<TaskBatch>,
  assertCurrent: () => Promise<void>,
): AsyncGenerator<string, number> {
  let count = 0;
  for (let batch = firstBatch; ; batch = await nextBatch(batch.next)) {
    if (batch.tasks.length > 0) yield `${count > 0 ? "," : ""}${canonicalJsonItems(batch.tasks)}`;
    count += batch.tasks.length;
    if (!batch.next) return count;
    await assertCurrent();
  }
}

async function startExport(
  { id, user }: AuthenticatedSession,
  slot: ExportSlot,
): Promise<AsyncGenerator<string>> {
  const exportedAt = new Date().toISOString();
  const sessions = (await findSessions(user.id)).map((row) => ({
    ...toSessionInfo(row),
    user_agent: row.user_agent,
  }));
  const accessTokens = await getAccessTokens(user.id);
  const deletedAfter = (cursor?: TaskBatch["next"]) =>
    findDeletedTasksAfter(user.id, TASKS_PER_BATCH, cursor);
  const tasksAfter = (cursor?: TaskBatch["next"]) => findTasksAfter(user.id, TASKS_PER_BATCH, cursor);
  const firstDeleted = await deletedAfter();
  const firstTasks = await tasksAfter();
  const assertCurrent = async () => {
    slot.lastReadAt = performance.now();
    const isReplaced = activeExports.get(user.id) !== slot;
    if (isReplaced || !(await findActiveSession(user.id, id)))
      throw new AppError("AUTH_INVALID", "The session of this export has ended.");
  };

  async function* content() {
    yield `{"access_tokens":[${canonicalJsonItems(accessTokens)}],"deleted_tasks":[`;
    const deletedTasks = yield* taskChunks(firstDeleted, deletedAfter, assertCurrent);
    yield `],"sessions":[${canonicalJsonItems(sessions)}],"tasks":[`;
    const tasks = yield* taskChunks(firstTasks, tasksAfter, assertCurrent);
    yield `],"user":${canonicalJson(user)}`;
    return {
      tasks,
      sessions: sessions.length,
      deleted_tasks: deletedTasks,
      access_tokens: accessTokens.length,
    };
  }

  async function* chunks() {
    const hash = createHash("sha256");
    const parts = content();
    let part = await parts.next();
    for (; !part.done; part = await parts.next()) {
      hash.update(part.value);
      yield part.value;
    }
    const manifest = {
      format: FORMAT,
      version: VERSION,
      exported_at: exportedAt,
      counts: part.value,
      checksum: `sha256:${hash.update("}").digest("hex")}`,
    };
    yield `,"manifest":${JSON.stringify(manifest)}}\n`;
  }
  return chunks();
}
