import { AppError, emailExistsError } from "#app/errors.ts";
import { classifyDatabaseError } from "#db/errors.ts";

/** How long a caller is asked to wait before trying a failed database again. */
const RETRY_AFTER_SECONDS = 5;

/** The AppError that tells a caller about a database error; anything else comes back as it is. */
function translate(error: unknown): unknown {
  const failure = classifyDatabaseError(error);
  switch (failure.kind) {
    case "unique":
      return failure.constraint === "user_email_unique" ? emailExistsError(error) : error;
    case "owner-gone":
      return new AppError("AUTH_INVALID", "This account no longer exists.", { cause: error });
    case "bad-input":
      return new AppError("VALIDATION_ERROR", "Some of the input cannot be stored.", {
        details: { form: ["It holds a value that cannot be stored."] },
        cause: error,
      });
    case "unavailable":
      return new AppError(
        "DB_ERROR",
        "The database does not answer just now. Your tasks are safe: please try again in a moment.",
        {
          retryAfterSeconds: RETRY_AFTER_SECONDS,
          cause: error,
        },
      );
    case "unknown":
      return error;
  }
}

/**
 * Runs a query, or several.
 * @throws AppError EMAIL_EXISTS, AUTH_INVALID, VALIDATION_ERROR or DB_ERROR in place of what the database threw
 */
export async function query<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
}
