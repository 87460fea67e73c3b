import { AppError, emailExistsError } from "#app/errors.ts";
import { classifyDatabaseError } from "#db/errors.ts";

const RETRY_AFTER_SECONDS = 5;
const LOCKED_RETRY_AFTER_SECONDS = 1;

/** Converts a database error to an AppError. Returns any other error unchanged. */
function toAppError(error: unknown): unknown {
  const failure = classifyDatabaseError(error);
  switch (failure.kind) {
    case "unique":
      return failure.constraint === "user_email_unique" ? emailExistsError(error) : error;
    case "user-missing":
      return new AppError("AUTH_INVALID", "This account no longer exists.", { cause: error });
    case "quota":
      return new AppError(
        "QUOTA_EXCEEDED",
        "Your account has as many tasks as it can have. Delete tasks that are done, then try again.",
        { cause: error },
      );
    case "locked":
      return new AppError(
        "IDEMPOTENCY_KEY_IN_USE",
        "A request with this idempotency key is still running. Try again in a moment.",
        { retryAfterSeconds: LOCKED_RETRY_AFTER_SECONDS, cause: error },
      );
    case "bad-input":
      return new AppError("VALIDATION_ERROR", "Tock can't save some of these values.", {
        details: { form: ["Tock can't save one of these values. Change it and try again."] },
        cause: error,
      });
    case "unavailable":
      return new AppError(
        "DB_ERROR",
        "Tock can't reach its database. Your tasks are safe. Try again in a moment.",
        { retryAfterSeconds: RETRY_AFTER_SECONDS, cause: error },
      );
    case "unknown":
      return error;
  }
}

/**
 * Runs one or several queries and converts database errors.
 * @throws AppError EMAIL_EXISTS, AUTH_INVALID, QUOTA_EXCEEDED, IDEMPOTENCY_KEY_IN_USE, VALIDATION_ERROR or DB_ERROR, with
 * the database's error as `cause`
 */
export async function query<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toAppError(error);
  }
}
