import { createHash, timingSafeEqual } from "node:crypto";
import { env } from "#app/env.server.ts";
import { AppError, notFoundError } from "#app/errors.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

/** @throws AppError NOT_FOUND without METRICS_TOKEN; UNAUTHORIZED unless the request carries it as a Bearer token */
export function requireMetricsToken(request: Request): void {
  const { METRICS_TOKEN } = env();
  if (!METRICS_TOKEN) throw notFoundError("Metrics are off. Set METRICS_TOKEN to turn them on.");
  const sent = /^Bearer +(\S+) *$/i.exec(request.headers.get("Authorization") ?? "")?.[1] ?? "";
  // Digests have equal lengths, so the comparison takes the same time for every token.
  if (!timingSafeEqual(digest(sent), digest(METRICS_TOKEN)))
    throw new AppError("UNAUTHORIZED", "Send METRICS_TOKEN as a Bearer token.");
}
