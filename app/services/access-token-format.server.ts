import { createHash, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";

/*
 * A token looks like those of GitHub: a prefix, 30 random characters (178 bits) and a checksum of six characters. The
 * prefix and the checksum let secret scanners find a leaked token without false alarms. docs/api.md describes the format
 * for them, so it must not change.
 */

const PREFIX = "tock_";
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_CHARACTERS = 30;
const CHECKSUM_CHARACTERS = 6;
const FORMAT = new RegExp(
  `^${PREFIX}([0-9A-Za-z]{${RANDOM_CHARACTERS}})([0-9A-Za-z]{${CHECKSUM_CHARACTERS}})$`,
);

/** CRC-32 in base 62, with leading zeros. */
function checksumOf(random: string): string {
  let rest = crc32(random);
  let checksum = "";
  while (checksum.length < CHECKSUM_CHARACTERS) {
    checksum = DIGITS.charAt(rest % DIGITS.length) + checksum;
    rest = Math.floor(rest / DIGITS.length);
  }
  return checksum;
}

/** Creates a personal access token. */
export function generateAccessToken(): string {
  const random = Array.from({ length: RANDOM_CHARACTERS }, () => DIGITS.charAt(randomInt(DIGITS.length)));
  return PREFIX + random.join("") + checksumOf(random.join(""));
}

/** Whether a text has the form and the checksum of a personal access token. */
export function isAccessToken(text: string): boolean {
  const [match, random = "", checksum] = FORMAT.exec(text) ?? [];
  return match !== undefined && checksum === checksumOf(random);
}

/** The SHA-256 that is stored instead of a token. Its randomness makes a slow hash unnecessary. */
export const accessTokenDigest = (token: string): Buffer => createHash("sha256").update(token).digest();
