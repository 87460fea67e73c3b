import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/*
 * The codes of the second factor: time-based ones (RFC 6238 with its defaults, the only ones that all authenticator apps
 * support: SHA-1, 6 digits, 30 seconds), and recovery codes.
 */

const SECRET_BYTES = 20;
const STEP_SECONDS = 30;
const DIGITS = 6;
/** Accepts the codes of the steps before and after the current one (RFC 6238, 5.2): clocks differ. */
const ACCEPTED_STEPS = [0, -1, 1];

const RECOVERY_CODES = 10;
/** 120 bits, so that a plain hash of a code is enough (ASVS 6.5.2). */
const RECOVERY_BYTES = 15;

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Base32 (RFC 4648) without padding, for a multiple of five bytes. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? []).map((group) => BASE32[Number.parseInt(group, 2)]).join("");
}

/** A new secret in Base32, as authenticator apps take it. */
export const newSecret = (): string => base32(randomBytes(SECRET_BYTES));

function fromBase32(text: string): Buffer {
  const bits = [...text].map((character) => BASE32.indexOf(character).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((group) => Number.parseInt(group, 2)));
}

/** The number of a time step: 30 seconds since 1970. */
export const stepAt = (milliseconds: number): number => Math.floor(milliseconds / 1000 / STEP_SECONDS);

/** The code of a time step (RFC 4226, 5.3). */
export function codeOfStep(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", fromBase32(secret)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}

/** @returns the time step of a code; undefined for a code of none of the accepted steps */
export function findStep(secret: string, code: string, nowMs = Date.now()): number | undefined {
  const current = stepAt(nowMs);
  return ACCEPTED_STEPS.map((offset) => current + offset).find((step) =>
    timingSafeEqual(Buffer.from(codeOfStep(secret, step)), Buffer.from(code)),
  );
}

/** The address that an authenticator app opens. */
export function otpauthUri(secret: string, email: string): string {
  return `otpauth://totp/Tock:${encodeURIComponent(email)}?secret=${secret}&issuer=Tock`;
}

/** Splits a text into groups, which are easier to type. */
export const inGroups = (text: string, length: number, separator: string): string =>
  (text.match(new RegExp(`.{1,${length}}`, "g")) ?? []).join(separator);

/** Ten new recovery codes, such as `abcdef-ghijkl-mnopqr-stuvwx`. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () =>
    inGroups(base32(randomBytes(RECOVERY_BYTES)).toLowerCase(), 6, "-"),
  );

/** A code as a user has typed it: spaces, dashes and letter case are ignored. */
export type TypedCode =
  | { kind: "time"; digits: string }
  | { kind: "recovery"; hash: Buffer }
  | { kind: "invalid" };

/** The user is part of the hash: a hash copied to another user's row matches nothing. */
export const hashRecoveryCode = (userId: string, code: string): Buffer =>
  createHash("sha256")
    .update(`${userId}:${code.replace(/-/g, "")}`)
    .digest();

/** Tells a time-based code from a recovery code. */
export function parseCode(userId: string, typed: string): TypedCode {
  const text = typed.replace(/[\s-]/g, "").toLowerCase();
  if (/^\d{6}$/.test(text)) return { kind: "time", digits: text };
  if (/^[a-z2-7]{24}$/.test(text)) return { kind: "recovery", hash: hashRecoveryCode(userId, text) };
  return { kind: "invalid" };
}
