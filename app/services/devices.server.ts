import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { env } from "#app/env.server.ts";

/*
 * Device tokens, after "Slow down online guessing attacks with device cookies" (OWASP). A token lists the accounts that
 * have been signed in to on a device, so that failures of other devices cannot keep these accounts from signing in there.
 * It gives no access. It consists of a random id, and one mark per account: a MAC of the id and the email, which only this
 * server can make and which reveals neither.
 */

/** Both parts have 128 bits. */
const PART_BYTES = 16;
const ACCOUNTS_MAX = 8;
const TOKEN = new RegExp(`^[\\w-]{22}(\\.[\\w-]{22}){1,${ACCOUNTS_MAX}}$`);

function keyFrom(secret: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", "tock known devices", 32));
}

/** Newest first, as the secrets. Derived once, because each sign-in needs them. */
let keys: Buffer[] | undefined;
function deviceKeys(): Buffer[] {
  keys ??= env().SESSION_SECRET.map(keyFrom);
  return keys;
}

const mac = (key: Buffer | undefined, ...parts: string[]): string =>
  createHmac("sha256", key ?? "")
    .update(parts.join("\0"))
    .digest()
    .subarray(0, PART_BYTES)
    .toString("base64url");

/** Compares in constant time, so that no mark can be guessed character by character. */
const isEqual = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(one), Buffer.from(other));

const markOf = (key: Buffer | undefined, id: string, email: string) => mac(key, "mark", id, email);

function parseToken(token: string | undefined): { id: string; marks: string[] } | undefined {
  if (token === undefined || !TOKEN.test(token)) return undefined;
  const [id = "", ...marks] = token.split(".");
  return { id, marks };
}

/** The names of the counters of failures: a device that knows the account has its own. */
export interface GuessKeys {
  /** A pseudonym of the email, so that neither the counters nor the log contain it. */
  accountKey: string;
  /** Undefined for a device that has never signed in to the account. */
  deviceKey: string | undefined;
}

/**
 * Recognizes a device by its token, without a query: for an email without an account, the result and the duration are the
 * same.
 * @param token may be missing or forged
 */
export function recognizeDevice(token: string | undefined, email: string): GuessKeys {
  const [newest] = deviceKeys();
  const accountKey = mac(newest, "account", email);
  const parsed = parseToken(token);
  const isKnown = deviceKeys().some((key) => {
    const expected = parsed && markOf(key, parsed.id, email);
    return parsed?.marks.some((mark) => expected !== undefined && isEqual(mark, expected));
  });
  return { accountKey, deviceKey: parsed && isKnown ? mac(newest, "device", parsed.id, email) : undefined };
}

/**
 * Adds an account to a device after a sign-in. A device keeps the eight accounts that signed in last.
 * @param token the device's; missing or malformed ones are replaced
 * @returns the new token, of at most 206 characters
 */
export function rememberAccount(token: string | undefined, email: string): string {
  const { id, marks } = parseToken(token) ?? {
    id: randomBytes(PART_BYTES).toString("base64url"),
    marks: [],
  };
  const own = deviceKeys().map((key) => markOf(key, id, email));
  const others = marks.filter((mark) => !own.includes(mark));
  return [id, own[0], ...others.slice(0, ACCOUNTS_MAX - 1)].join(".");
}
