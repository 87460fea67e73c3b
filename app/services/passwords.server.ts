import { createHmac } from "node:crypto";
import { availableParallelism } from "node:os";
import bcrypt from "bcrypt";
import { BulkheadRejectedError, bulkhead } from "cockatiel";
import { AppError, validationError } from "#app/errors.ts";
import { commonPasswords } from "#app/rules/common-passwords/list.server.ts";
import { type PasswordOwner, weakPasswordProblem } from "#app/rules/password-strength.ts";

/** bcrypt's cost: 2^12 rounds, some 250 ms. A hash says its own cost, so raising this leaves old ones valid. */
const BCRYPT_COST = 12;
/** bcrypt reads no further than this many bytes, and says nothing of the rest. */
const BCRYPT_BYTES = 72;
const MAX_WAITING = 40;
const RETRY_AFTER_SECONDS = 5;

/** The hash of a password that nobody has: compared against when an address is unknown, so that it takes as long. */
export const DUMMY_HASH = "$2b$12$fRzNLduL86eOFymWHLmjRO8GzzBl3OVer7XlAuuNjj4PAKxUduQH6";

/*
 * bcrypt works on libuv's threads, which everything else needs too: hash on fewer than there are cores, let some wait,
 * and refuse beyond that rather than queue without end.
 */
const hashing = bulkhead(Math.max(1, availableParallelism() - 1), MAX_WAITING);

async function withHashSlot<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await hashing.execute(work);
  } catch (error) {
    if (!(error instanceof BulkheadRejectedError)) throw error;
    throw new AppError(
      "RATE_LIMITED",
      "Too many people are signing in just now. Please try again in a moment.",
      {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      },
    );
  }
}

/** What bcrypt is given: the password itself, or 44 characters that depend on all of one too long for it. */
function digestible(password: string): string {
  if (Buffer.byteLength(password) <= BCRYPT_BYTES) return password;
  return createHmac("sha256", "tock long password").update(password).digest("base64");
}

/** @returns a bcrypt hash, cost 12 @throws AppError RATE_LIMITED when too many wait already */
export const hashPassword = (password: string): Promise<string> =>
  withHashSlot(() => bcrypt.hash(digestible(password), BCRYPT_COST));

/** @throws AppError RATE_LIMITED when too many wait already */
export const verifyPassword = ({ hash, password }: { hash: string; password: string }): Promise<boolean> =>
  withHashSlot(() => bcrypt.compare(digestible(password), hash));

/** Whether a hash was made at a lower cost than today's. */
export const needsRehash = (hash: string): boolean => bcrypt.getRounds(hash) < BCRYPT_COST;

/** @throws AppError VALIDATION_ERROR on the field `password`, for one that would be guessed first */
export function assertStrongPassword(password: string, chooser: PasswordOwner): void {
  const problem = weakPasswordProblem(password, chooser, commonPasswords);
  if (problem) throw validationError({ password: [problem] });
}
