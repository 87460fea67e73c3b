import { env } from "#app/env.server.ts";
import { log } from "#app/log.server.ts";
import { type FailureLimiter, failureLimiter } from "#app/repositories/failure-limiters.server.ts";
import type { GuessKeys } from "./devices.server.ts";
import { assertAllowed, type LimitFields } from "./rate-limits.server.ts";

/*
 * Wrong passwords per account. NIST SP 800-63B-4 (3.2.2) allows at most 100 consecutive failures. An account is not locked,
 * because attackers could then lock its owner out. Devices that have never signed in to it share one limit. Each device
 * that has signed in, and each session, has its own.
 */

const WINDOW_SECONDS = 60 * 60;

/** A known device or a session may have been stolen, so it can guess too. A forgetful owner needs few attempts. */
const knownLimit = (limit: number): number => Math.ceil(limit / 5);

/**
 * A code has 10^6 values, of which three are right at a time. A client that knows the password finds one with a
 * probability of about 2% in a year.
 */
const CODES_PER_DAY = 20;
/** Of all known devices of an account: an attacker who knew its password may have made many devices known. */
const CODES_OF_KNOWN_DEVICES_PER_DAY = 100;
const DAY_SECONDS = 24 * 60 * 60;

interface Limiters {
  accounts: FailureLimiter;
  devices: FailureLimiter;
  sessions: FailureLimiter;
  codes: FailureLimiter;
  codesOfKnownDevices: FailureLimiter;
}

let limiters: Limiters | undefined;
function guessLimiters(): Limiters {
  if (limiters) return limiters;
  const { RATE_LIMIT_ACCOUNT_PER_HOUR } = env();
  const limiter = (name: string, points: number) =>
    failureLimiter({ name, points, windowSeconds: WINDOW_SECONDS });
  limiters = {
    accounts: limiter("account", RATE_LIMIT_ACCOUNT_PER_HOUR),
    devices: limiter("device", knownLimit(RATE_LIMIT_ACCOUNT_PER_HOUR)),
    sessions: limiter("reentry", knownLimit(RATE_LIMIT_ACCOUNT_PER_HOUR)),
    codes: failureLimiter({ name: "code", points: CODES_PER_DAY, windowSeconds: DAY_SECONDS }),
    codesOfKnownDevices: failureLimiter({
      name: "known-code",
      points: CODES_OF_KNOWN_DEVICES_PER_DAY,
      windowSeconds: DAY_SECONDS,
    }),
  };
  return limiters;
}

/** An attempt that counts as a failure from its beginning, so that concurrent ones cannot exceed the limit. */
export interface CountedAttempt {
  /** Takes the failure back. Never throws: the right password must not be reported as wrong. */
  succeed(): Promise<void>;
}

const NEW_DEVICE =
  "Signing in with this email has failed too often on new devices. Use a device you've signed in on before.";
const KNOWN_DEVICE = "Signing in with this email has failed too often on this device.";
const SESSION = "The password was wrong too often.";
const CODE = "The code was wrong too often.";

/**
 * Counts an attempt to sign in, for an email with or without an account.
 * @throws AppError RATE_LIMITED; DB_ERROR when the attempt cannot be counted
 */
export function countSignInAttempt({ accountKey, deviceKey }: GuessKeys): Promise<CountedAttempt> {
  const { accounts, devices } = guessLimiters();
  return deviceKey === undefined
    ? count(accounts, accountKey, NEW_DEVICE, { limit: "account", account: accountKey })
    : count(devices, deviceKey, KNOWN_DEVICE, { limit: "device", account: accountKey });
}

/**
 * Counts an attempt of a signed-in user to enter the password again. Failed sign-ins do not count here, so they cannot
 * keep the owner from changing the password.
 * @throws AppError RATE_LIMITED; DB_ERROR
 */
export const countReentry = (sessionId: string): Promise<CountedAttempt> =>
  count(guessLimiters().sessions, sessionId, SESSION, { limit: "reentry", session: sessionId });

/**
 * Counts an attempt to enter a code of the second factor, after the right password.
 * @param key a known device or a session; else the user, so that other devices share one count
 * @throws AppError RATE_LIMITED; DB_ERROR
 */
export const countCode = (key: string): Promise<CountedAttempt> =>
  count(guessLimiters().codes, key, CODE, { limit: "code", key });

/**
 * Counts an attempt to sign in with a code: of a known device for itself and for all known devices of the account, of other
 * devices for all of them.
 * @throws AppError RATE_LIMITED; DB_ERROR
 */
export async function countSignInCode(
  userId: string,
  { deviceKey }: Pick<GuessKeys, "deviceKey">,
): Promise<CountedAttempt> {
  if (deviceKey === undefined) return countCode(userId);
  const { codesOfKnownDevices } = guessLimiters();
  const fields = { limit: "code", key: userId };
  const rejection = codesOfKnownDevices.count.findRejection(userId);
  if (rejection) assertAllowed(rejection, CODE, fields);
  const ofDevice = await countCode(deviceKey);
  // A rejection for the account must not use up the attempts of the device.
  const ofAccount = await count(codesOfKnownDevices, userId, CODE, fields).catch(async (error) => {
    await ofDevice.succeed();
    throw error;
  });
  return {
    async succeed() {
      await Promise.all([ofDevice.succeed(), ofAccount.succeed()]);
    },
  };
}

async function count(
  limiter: FailureLimiter,
  key: string,
  reason: string,
  fields: LimitFields,
): Promise<CountedAttempt> {
  assertAllowed(await limiter.count(key), reason, fields);
  let isOpen = true;
  return {
    async succeed() {
      if (!isOpen) return;
      isOpen = false;
      await limiter
        .takeBack(key)
        .catch((err) => log.warn({ err, ...fields }, "a counted failure was not taken back"));
    },
  };
}

/** Forgets the limiters, together with `closeRateLimiters`. */
export function closeGuessLimiters(): void {
  limiters = undefined;
}
