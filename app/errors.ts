/** The error codes of the API. `app/http/responses/status.ts` maps each to a status. */
export const ERROR_CODES = [
  "VALIDATION_ERROR",
  "EMAIL_EXISTS",
  "INVALID_CREDENTIALS",
  "TOTP_REQUIRED",
  "UNAUTHORIZED",
  "AUTH_INVALID",
  "FORBIDDEN",
  "NOT_FOUND",
  "METHOD_NOT_ALLOWED",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "PRECONDITION_FAILED",
  "IDEMPOTENCY_KEY_REUSED",
  "IDEMPOTENCY_KEY_IN_USE",
  "BAD_REQUEST",
  "QUOTA_EXCEEDED",
  "RATE_LIMITED",
  "OVERLOADED",
  "DB_ERROR",
  "SERVER_ERROR",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Field name → messages, each a sentence that says what to correct. */
export type FieldErrors = Record<string, string[]>;

interface AppErrorOptions {
  details?: FieldErrors;
  retryAfterSeconds?: number;
  rateLimit?: number;
  cause?: unknown;
}

/** An expected failure whose message is safe to show to the caller. Any other thrown value becomes SERVER_ERROR. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly details: FieldErrors | undefined;
  /** Seconds until a retry may succeed. */
  readonly retryAfterSeconds: number | undefined;
  /** Requests per window of the rate limit that was exceeded. */
  readonly rateLimit: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.rateLimit = options.rateLimit;
  }
}

export const validationError = (details: FieldErrors) =>
  new AppError("VALIDATION_ERROR", "Some fields aren't valid.", { details });

/** The password is right, and the account has a second factor. */
export const totpRequiredError = () =>
  new AppError("TOTP_REQUIRED", "Enter the code of your authenticator app, or a recovery code.", {
    details: { totp_code: ["Enter the code of your authenticator app, or a recovery code."] },
  });

export const notFoundError = (message = "Not found.") => new AppError("NOT_FOUND", message);

/** A page received a form that it does not have, such as one of an older release. */
export const unknownFormError = () => new AppError("BAD_REQUEST", "This page has no such form.");

/** @param cause the unique violation, when two requests use the same address at once */
export const emailExistsError = (cause?: unknown) =>
  new AppError("EMAIL_EXISTS", "That address already has an account.", {
    details: { email: ["That address already has an account. Sign in, or use another one."] },
    cause,
  });
