import { insertLink, LINK_MINUTES } from "#app/repositories/identity/one-time-links.server.ts";
import { findUserId } from "#app/repositories/identity/users.server.ts";
import { linkAddress, newLinkToken } from "#app/services/one-time-tokens.server.ts";
import { findPendingMigrations } from "#db/migrations/index.ts";
import type { CommandContext } from "./database.ts";
import { print, printError } from "./output.ts";

/**
 * `user:reset-password`: prints a link for a new password of a user, for the operator to pass on. Changes nothing else:
 * the sessions end when the link is used.
 * @throws Error with one line when no account has the address, or the database is not migrated
 */
export async function resetPasswordCommand({ env, knex }: CommandContext, email: string): Promise<void> {
  const pending = await findPendingMigrations(knex);
  if (pending.length > 0)
    throw new Error(`the database lacks ${pending.join(", ")}: start Tock or run npm run db:migrate first`);
  const userId = await findUserId(email, knex);
  if (!userId) throw new Error(`no account has the email ${email}`);
  const { token, tokenHash } = newLinkToken();
  await insertLink(userId, { tokenHash, purpose: "password_reset", email: null }, knex);
  if (!env.APP_URL)
    printError(
      "APP_URL is not set: replace the beginning of the link if Tock is reached at another address.",
    );
  print(`With this link ${email} can choose a new password, once, within ${LINK_MINUTES} minutes:`);
  print(linkAddress(env.APP_URL ?? `http://localhost:${env.PORT}`, "/reset-password", token));
}
