import { type BulkheadPolicy, BulkheadRejectedError, bulkhead, TaskCancelledError } from "cockatiel";
import type { MiddlewareHandler } from "hono";
import { AppError } from "#app/errors.ts";
import type { AppContext, AppEnv } from "#app/http/app-env.ts";
import { readSessionToken } from "#app/http/cookies/session-cookie.server.ts";
import { errorResponse } from "#app/http/responses/error-response.server.ts";
import { warnOncePerMinute } from "#app/log.server.ts";
import { limitSessionRequests, rateLimitError } from "#app/services/rate-limits.server.ts";
import { verifiedClaims } from "#app/services/tokens.server.ts";

/** Rendering uses one core: more pages at once only cover the time that they wait for the database. */
const PAGES_MAX = 32;
/** A page takes a few milliseconds, so the last one in the queue waits for one or two seconds. */
const QUEUE_MAX = 256;
/** Few, so that the queries of one user, with however many tasks, leave connections to the others. */
const PAGES_PER_USER_MAX = 4;
const QUEUE_PER_USER_MAX = 128;
const RETRY_AFTER_SECONDS = 1;

const pageSlots = bulkhead(PAGES_MAX, QUEUE_MAX);
const slotsByUser = new Map<string, BulkheadPolicy>();
const logOverload = warnOncePerMinute("page limit reached");

const overloadedError = () =>
  new AppError("OVERLOADED", "Tock is busy. Please try again in a moment.", {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

/** Whether a request for a page can have a body. GET and HEAD requests with one are rejected earlier. */
export const hasBody = ({ req: { method } }: AppContext): boolean => method !== "GET" && method !== "HEAD";

/** Reads the body, which Hono keeps: a client that sends it slowly must not occupy a slot. */
async function readBody(c: AppContext): Promise<void> {
  try {
    if (hasBody(c)) await c.req.arrayBuffer();
  } catch (cause) {
    throw new AppError("BAD_REQUEST", "The request body is incomplete.", { cause });
  }
}

/** Runs `work` in a slot of a bulkhead, or throws `rejection()` when its queue is full or the client has disconnected. */
async function withSlot<T>(
  slots: BulkheadPolicy,
  { work, signal, rejection }: { work: () => Promise<T>; signal: AbortSignal; rejection: () => AppError },
): Promise<T> {
  try {
    return await slots.execute(work, signal);
  } catch (error) {
    if (error instanceof BulkheadRejectedError || error instanceof TaskCancelledError) throw rejection();
    throw error;
  }
}

function withPageSlot(c: AppContext, work: () => Promise<void>): Promise<void> {
  const rejection = () => {
    logOverload({ processed: PAGES_MAX, waiting: QUEUE_MAX });
    return overloadedError();
  };
  return withSlot(pageSlots, { work, signal: c.req.raw.signal, rejection });
}

async function withUserSlot(c: AppContext, userId: string, work: () => Promise<void>): Promise<void> {
  const slots = slotsByUser.get(userId) ?? bulkhead(PAGES_PER_USER_MAX, QUEUE_PER_USER_MAX);
  slotsByUser.set(userId, slots);
  const rejection = () =>
    rateLimitError("pages", "You're loading a lot of pages at once.", {
      limit: PAGES_PER_USER_MAX + QUEUE_PER_USER_MAX,
      resetMs: RETRY_AFTER_SECONDS * 1_000,
    });
  try {
    await withSlot(slots, { work, signal: c.req.raw.signal, rejection });
  } finally {
    if (slots.executionSlots === PAGES_PER_USER_MAX) slotsByUser.delete(userId);
  }
}

/**
 * Limits the pages that are processed at once, in total and per user, and counts the requests of each session, before any
 * query. Further pages wait in queues of limited length; beyond them the response is 503, or 429 to a single user. So a
 * flood of pages costs a bounded amount of memory, and one user's pages do not delay those of others.
 */
export const limitPages: MiddlewareHandler<AppEnv> = async (c, next) => {
  try {
    await readBody(c);
    const claims = verifiedClaims(await readSessionToken(c.req.raw, { origin: c.get("origin") }));
    c.set("claims", claims);
    if (!claims) return await withPageSlot(c, next);
    await limitSessionRequests(claims.sid);
    await withUserSlot(c, claims.user_id, () => withPageSlot(c, next));
  } catch (error) {
    if (error instanceof AppError) return errorResponse(c, error);
    throw error;
  }
};
