import { errorReason } from "#db/errors.ts";
import type { WebEnv } from "../../env.server.ts";
import { pingRedis } from "../../repositories/redis.server.ts";
import { verifyMailServer } from "../../services/mail/mailer.server.ts";
import { type Finding, ok, problem } from "./finding.ts";

/** Asks the server of REDIS_URL, if it is set, for an answer. */
export async function checkRedis({ REDIS_URL }: WebEnv): Promise<Finding[]> {
  if (!REDIS_URL) return [];
  const { host } = new URL(REDIS_URL);
  try {
    await pingRedis(REDIS_URL);
    return [ok("redis", `${host} answers`)];
  } catch (error) {
    return [
      problem(
        "redis",
        `${host} cannot be used (${errorReason(error)}), so each process counts rate limits by itself. Start the server, or correct REDIS_URL`,
      ),
    ];
  }
}

/** Signs in at the mail server of SMTP_URL, if it is set. Sends no mail. */
export async function checkMail({ SMTP_URL }: WebEnv): Promise<Finding[]> {
  if (!SMTP_URL) return [];
  const host = `${SMTP_URL.host}:${SMTP_URL.port}`;
  try {
    await verifyMailServer(SMTP_URL);
    return [ok("mail", `${host} accepts the connection${SMTP_URL.auth ? " and the password" : ""}`)];
  } catch (error) {
    return [
      problem(
        "mail",
        `${host} cannot be used (${errorReason(error)}). Start the server, or correct SMTP_URL`,
      ),
    ];
  }
}
