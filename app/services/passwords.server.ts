import { createHmac } from "node:crypto";
import { availableParallelism } from "node:os";
import bcrypt from "bcrypt";
import { BulkheadRejectedError, bulkhead, type IPolicy } from "cockatiel";
import { shareOfLimit, webProcesses } from "#app/env.server.ts";
import { AppError, validationError } from "#app/errors.ts";
import { commonPasswords } from "#app/rules/common-passwords/list.server.ts";
import { type PasswordOwner, weakPasswordProblem } from "#app/rules/password-strength.ts";

/** 2^12 rounds, some 250 ms. A hash contains its cost, so old hashes stay valid when this is raised. */
const BCRYPT_COST = 12;
/** bcrypt silently ignores the bytes after these. */
const BCRYPT_BYTES_MAX = 72;
/** Waiting calls of all web processes. */
const QUEUE_MAX = 40;
/** Half of libuv's threads. */
const HASH_THREADS_MAX = 2;
const RETRY_AFTER_SECONDS = 5;

/** A hash without a known password. Verifying against it takes as long as against a real one. */
export const DUMMY_HASH = "$2b$12$fRzNLduL86eOFymWHLmjRO8GzzBl3OVer7XlAuuNjj4PAKxUduQH6";

/**
 * How many passwords one web process hashes at once. bcrypt runs on libuv's four threads, which DNS and the file system
 * need too, so it gets at most two. All processes together leave a core free where they can: each needs one thread.
 */
export const hashThreads = (cores: number, processes: number): number =>
  Math.min(HASH_THREADS_MAX, Math.max(1, Math.floor((cores - 1) / processes)));

// Created on first use, because it depends on the environment. Calls beyond the queue are rejected, not kept.
let hashSlots: IPolicy | undefined;
function openHashSlots(): IPolicy {
  hashSlots ??= bulkhead(hashThreads(availableParallelism(), webProcesses()), shareOfLimit(QUEUE_MAX));
  return hashSlots;
}

async function withHashSlot<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await openHashSlots().execute(work);
  } catch (error) {
    if (!(error instanceof BulkheadRejectedError)) throw error;
    throw new AppError("RATE_LIMITED", "Too many sign-ins are in progress. Please try again in a moment.", {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
}

/** The input of bcrypt: the password, or for a longer one an HMAC (44 characters) that depends on all of its bytes. */
function toBcryptInput(password: string): string {
  if (Buffer.byteLength(password) <= BCRYPT_BYTES_MAX) return password;
  return createHmac("sha256", "tock long password").update(password).digest("base64");
}

/** @returns a bcrypt hash, cost 12 @throws AppError RATE_LIMITED when the queue is full */
export const hashPassword = (password: string): Promise<string> =>
  withHashSlot(() => bcrypt.hash(toBcryptInput(password), BCRYPT_COST));

/** @throws AppError RATE_LIMITED when the queue is full */
export const verifyPassword = ({ hash, password }: { hash: string; password: string }): Promise<boolean> =>
  withHashSlot(() => bcrypt.compare(toBcryptInput(password), hash));

/** Whether a hash has a lower cost than new ones. */
export const needsRehash = (hash: string): boolean => bcrypt.getRounds(hash) < BCRYPT_COST;

/** @throws AppError VALIDATION_ERROR on the field `password` for a password that is easy to guess */
export function assertStrongPassword(password: string, owner: PasswordOwner): void {
  const problem = weakPasswordProblem(password, owner, commonPasswords);
  if (problem) throw validationError({ password: [problem] });
}
