import { BulkheadRejectedError, bulkhead } from "cockatiel";
import type { MiddlewareHandler } from "hono";
import { AppError } from "#app/errors.ts";
import type { AppContext, AppEnv } from "#app/http/app-env.ts";
import { readSessionToken } from "#app/http/cookies/session-cookie.server.ts";
import { errorResponse } from "#app/http/responses/error-response.server.ts";
import { warnOncePerMinute } from "#app/log.server.ts";
import { hasEnded } from "#app/services/callers.server.ts";
import { limitSessionRequests, rateLimitError } from "#app/services/rate-limits.server.ts";
import { verifiedClaims } from "#app/services/session-tokens.server.ts";
import { createUserSlots } from "#app/services/user-slots.server.ts";

/** Rendering uses one core: more pages at once only cover the time that they wait for the database. */
const PAGES_MAX = 32;
/** A page takes a few milliseconds, so the last one in the queue waits for one or two seconds. */
const QUEUE_MAX = 256;
/** Few, so that the queries of one user, with however many tasks, leave connections to the others. */
const PAGES_PER_USER_MAX = 4;
const QUEUE_PER_USER_MAX = 128;
const RETRY_AFTER_SECONDS = 1;

const pageSlots = bulkhead(PAGES_MAX, QUEUE_MAX);
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

/** Ends a page whose client has disconnected while it waited. The client does not receive the error. */
function assertConnected(c: AppContext): void {
  if (c.req.raw.signal.aborted) throw overloadedError();
}

async function withPageSlot(c: AppContext, work: () => Promise<void>): Promise<void> {
  try {
    // Without the signal: an operation that cockatiel finds aborted in its queue does not start the next one.
    await pageSlots.execute(() => {
      assertConnected(c);
      return work();
    });
  } catch (error) {
    if (!(error instanceof BulkheadRejectedError)) throw error;
    logOverload({ processed: PAGES_MAX, waiting: QUEUE_MAX });
    throw overloadedError();
  }
}

const withUserSlot = createUserSlots({
  max: PAGES_PER_USER_MAX,
  waitingMax: QUEUE_PER_USER_MAX,
  rejection: () =>
    rateLimitError("pages", "You're loading a lot of pages at once.", {
      limit: PAGES_PER_USER_MAX + QUEUE_PER_USER_MAX,
      resetMs: RETRY_AFTER_SECONDS * 1_000,
    }),
});

/**
 * Limits the pages that are processed at once, in total and per user, and counts the requests of each session, before any
 * query. Further pages wait in queues of limited length; beyond them the response is 503, or 429 to a single user. So a
 * flood of pages costs a bounded amount of memory, and one user's pages do not delay those of others.
 */
export const limitPages: MiddlewareHandler<AppEnv> = async (c, next) => {
  try {
    await readBody(c);
    const verified = verifiedClaims(await readSessionToken(c.req.raw, { origin: c.get("origin") }));
    // A session that has ended must not take the slots of its owner.
    const claims = verified && !hasEnded(verified) ? verified : undefined;
    c.set("claims", claims);
    if (!claims) return await withPageSlot(c, next);
    await limitSessionRequests(claims.sid);
    await withUserSlot(claims.user_id, async () => {
      assertConnected(c);
      await withPageSlot(c, next);
    });
  } catch (error) {
    if (error instanceof AppError) return errorResponse(c, error);
    throw error;
  }
};
