/** Every code an answer may carry. Which status belongs to a code is decided in `app/http`. */
export type ErrorCode =
  | "VALIDATION_ERROR"
  | "EMAIL_EXISTS"
  | "INVALID_CREDENTIALS"
  | "UNAUTHORIZED"
  | "AUTH_INVALID"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "PAYLOAD_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "BAD_REQUEST"
  | "RATE_LIMITED"
  | "DB_ERROR"
  | "SERVER_ERROR";

/** Field name → what is wrong with it, each a sentence that says what to do. */
export type FieldErrors = Record<string, string[]>;

/** A failure that the caller may be told about. Anything else that is thrown is a bug and answers SERVER_ERROR. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly details: FieldErrors | undefined;
  /** Extra response headers that belong to the failure, such as `Allow` or `Retry-After`. */
  readonly headers: Record<string, string>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: FieldErrors; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.headers = options.headers ?? {};
  }
}

export const invalid = (details: FieldErrors) =>
  new AppError("VALIDATION_ERROR", "Some fields need another look.", { details });

export const notFound = (message = "There is nothing here.") => new AppError("NOT_FOUND", message);
