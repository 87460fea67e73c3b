import { errorReason } from "#db/errors.ts";
import { env } from "./env.server.ts";

function explainListenError(code: string | undefined): string {
  const { PORT, HOST } = env();
  if (code === "EADDRINUSE")
    return `PORT: ${PORT} is in use. Stop the other program, or choose another port.`;
  if (code === "EACCES")
    return `PORT: this account must not listen on ${PORT}. Choose a port from 1024 to 65535.`;
  return `HOST: cannot listen on ${HOST} (${code}). It must be an address of this machine, such as 0.0.0.0 or 127.0.0.1.`;
}

/** @returns one line that says why the start failed and what to do */
export function explainStartupError(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  // A worker of node:cluster reports "bind".
  if (syscall === "listen" || syscall === "bind" || syscall === "getaddrinfo")
    return explainListenError(code);
  return errorReason(error).split("\n")[0] ?? "";
}
