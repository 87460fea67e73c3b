import { env } from "./env.server.ts";

/** An error in words. A connection refused on several addresses comes as an AggregateError without words of its own. */
export function errorReason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorReason).join("; ");
  return error instanceof Error ? error.message : String(error);
}

function explainListening(code: string | undefined): string {
  const { PORT, HOST } = env();
  if (code === "EADDRINUSE")
    return `PORT: ${PORT} is taken by another program. Stop that one, or choose another port.`;
  if (code === "EACCES") return `PORT: this account may not listen on ${PORT}. Choose one above 1023.`;
  return `HOST: cannot listen on ${HOST} (${code}). It must be an address of this machine, such as 0.0.0.0 or 127.0.0.1.`;
}

/** What stops a start, in one line that says what to do. */
export function explainStartupError(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === "listen" || syscall === "getaddrinfo") return explainListening(code);
  return errorReason(error).split("\n")[0] ?? "";
}
