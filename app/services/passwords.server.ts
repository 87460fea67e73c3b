import { createHmac } from "node:crypto";
import { availableParallelism } from "node:os";
import bcrypt from "bcrypt";
import { type BulkheadPolicy, BulkheadRejectedError, bulkhead } from "cockatiel";
import { shareOfLimit, webProcesses } from "#app/env.server.ts";
import { validationError } from "#app/errors.ts";
import { commonPasswords } from "#app/rules/common-passwords/list.server.ts";
import { type PasswordOwner, weakPasswordProblem } from "#app/rules/password-strength.ts";
import { rateLimitError } from "./rate-limits.server.ts";

/** 2^12 rounds, some 250 ms. A hash contains its cost, so old hashes stay valid when this is raised. */
const BCRYPT_COST = 12;
/** bcrypt silently ignores the bytes after these. */
const BCRYPT_BYTES_MAX = 72;
/** Waiting calls of all web processes. */
const QUEUE_MAX = 40;
/** The part of the queue that devices and sessions which know the account have for themselves. */
const RESERVED_PART = 1 / 4;
/** Half of libuv's threads. */
const HASH_THREADS_MAX = 2;
const RETRY_AFTER_MS = 5_000;

/** A hash without a known password. Verifying against it takes as long as against a real one. */
export const DUMMY_HASH = "$2b$12$fRzNLduL86eOFymWHLmjRO8GzzBl3OVer7XlAuuNjj4PAKxUduQH6";

/**
 * How many passwords one web process hashes at once. bcrypt runs on libuv's four threads, which DNS and the file system
 * need too, so it gets at most two. All processes together leave a core free where they can: each needs one thread.
 */
export const hashThreads = (cores: number, processes: number): number =>
  Math.min(HASH_THREADS_MAX, Math.max(1, Math.floor((cores - 1) / processes)));

/**
 * The kind of client that hashes: a device or a session that knows the account, or any other client. A flood of others
 * cannot keep known ones from signing in.
 */
export type HashLane = "known" | "unknown";

interface HashSlots {
  operationsMax: number;
  unknownMax: number;
  operations: BulkheadPolicy;
  unknownOperations: BulkheadPolicy;
  /** Its queue is never full: each of the operations waits for one hash at a time. */
  hashes: BulkheadPolicy;
  /** Lets as many hashes of unknown clients as there are threads into the queue of `hashes`, so known ones pass them. */
  unknownHashes: BulkheadPolicy;
}

// Created on first use, because they depend on the environment.
let slots: HashSlots | undefined;
function openHashSlots(): HashSlots {
  if (slots) return slots;
  const threads = hashThreads(availableParallelism(), webProcesses());
  const queueMax = shareOfLimit(QUEUE_MAX);
  const operationsMax = threads + queueMax;
  const unknownMax = operationsMax - Math.max(1, Math.floor(queueMax * RESERVED_PART));
  slots = {
    operationsMax,
    unknownMax,
    operations: bulkhead(operationsMax, 0),
    unknownOperations: bulkhead(unknownMax, 0),
    hashes: bulkhead(threads, operationsMax),
    unknownHashes: bulkhead(threads, operationsMax),
  };
  return slots;
}

/** Waits for a thread. @param lane unknown clients wait in a queue of their own first */
function onHashThread<T>(lane: HashLane, work: () => Promise<T>): Promise<T> {
  const { hashes, unknownHashes } = openHashSlots();
  const run = () => hashes.execute(work);
  return lane === "known" ? run() : unknownHashes.execute(run);
}

/**
 * Runs an operation that hashes or verifies passwords. Operations beyond the queue are rejected before they begin, so that
 * they use up no attempt of the rate limit.
 * @throws AppError RATE_LIMITED
 */
export async function withHashing<T>(lane: HashLane, operation: () => Promise<T>): Promise<T> {
  const { operations, unknownOperations, operationsMax, unknownMax } = openHashSlots();
  const run = () => operations.execute(operation);
  try {
    return await (lane === "known" ? run() : unknownOperations.execute(run));
  } catch (error) {
    if (!(error instanceof BulkheadRejectedError)) throw error;
    const limit = lane === "known" ? operationsMax : unknownMax;
    throw rateLimitError("hashing", "Many people are signing in just now.", {
      limit,
      resetMs: RETRY_AFTER_MS,
    });
  }
}

/** The input of bcrypt: the password, or for a longer one an HMAC (44 characters) that depends on all of its bytes. */
function toBcryptInput(password: string): string {
  if (Buffer.byteLength(password) <= BCRYPT_BYTES_MAX) return password;
  return createHmac("sha256", "tock long password").update(password).digest("base64");
}

/** Hashes a password, as a part of an operation `withHashing`. @returns a bcrypt hash, cost 12 */
export const hashPassword = (password: string, lane: HashLane = "known"): Promise<string> =>
  onHashThread(lane, () => bcrypt.hash(toBcryptInput(password), BCRYPT_COST));

/** Verifies a password, as a part of an operation `withHashing`. */
export const verifyPassword = (
  { hash, password }: { hash: string; password: string },
  lane: HashLane = "known",
): Promise<boolean> => onHashThread(lane, () => bcrypt.compare(toBcryptInput(password), hash));

/** Whether a hash has a lower cost than new ones. */
export const needsRehash = (hash: string): boolean => bcrypt.getRounds(hash) < BCRYPT_COST;

/** @throws AppError VALIDATION_ERROR on the field `password` for a password that is easy to guess */
export function assertStrongPassword(password: string, owner: PasswordOwner): void {
  const problem = weakPasswordProblem(password, owner, commonPasswords);
  if (problem) throw validationError({ password: [problem] });
}
