import { errorReason } from "#db/errors.ts";
import type { WebEnv } from "../../env.server.ts";
import { healthySchema, unhealthySchema } from "../../schemas/health.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

const TOPIC = "proxies";
/** Longer than a proxy waits for an instance: lb_try_duration in docs/operations/Caddyfile. */
const TIMEOUT_MS = 15_000;

/**
 * Compares TRUST_PROXY with APP_URL, and asks APP_URL for its health. Tock itself speaks http only, so a proxy must be in
 * front of an https origin.
 */
export async function checkProxies({ APP_URL, TRUST_PROXY, PORT }: WebEnv): Promise<Finding[]> {
  if (!APP_URL)
    return [
      note(
        TOPIC,
        "APP_URL is not set: set it to the public origin, so that cookies, redirects and links do not depend on the request",
      ),
    ];
  return [checkHops(new URL(APP_URL), TRUST_PROXY, PORT), await askOrigin(APP_URL)];
}

function checkHops(origin: URL, trusted: number, port: number): Finding {
  if (origin.protocol === "https:" && trusted === 0)
    return problem(
      TOPIC,
      `APP_URL is https, so a proxy is in front of Tock, but TRUST_PROXY is 0: all users share one rate limit. Set TRUST_PROXY to the number of proxies`,
    );
  if (origin.protocol === "http:" && Number(origin.port || 80) === port && trusted > 0)
    return problem(
      TOPIC,
      `APP_URL is Tock's own port ${port}, so there is no proxy, but TRUST_PROXY is ${trusted}: clients can choose the address that the rate limits count. Set TRUST_PROXY to 0`,
    );
  return ok(
    TOPIC,
    `TRUST_PROXY is ${trusted}: make sure that exactly this number of proxies is between clients and Tock`,
  );
}

async function askOrigin(origin: string): Promise<Finding> {
  try {
    const response = await fetch(`${origin}/health`, {
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = await response.json().catch(() => undefined);
    if (healthySchema.safeParse(body).success) return ok("address", `${origin}/health answers as Tock`);
    if (unhealthySchema.safeParse(body).success)
      return problem(
        "address",
        `${origin}/health answers ${response.status}: the database of that instance is not available`,
      );
    return problem(
      "address",
      `${origin}/health answers ${response.status}, but not as Tock: correct APP_URL or the proxy`,
    );
  } catch (error) {
    const { cause } = error as Error;
    return problem(
      "address",
      `${origin}/health does not answer (${errorReason(cause ?? error)}): start Tock, or correct APP_URL, DNS or the proxy`,
    );
  }
}
