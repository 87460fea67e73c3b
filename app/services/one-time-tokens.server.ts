import { createHash, randomBytes } from "node:crypto";

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/** The pages that links lead to. */
type LinkPath = "/reset-password" | "/confirm-email";

/** The token has 256 random bits, so that a plain hash of it is enough (ASVS 6.5.2). */
const hashToken = (token: string): Buffer => createHash("sha256").update(token).digest();

/** Creates the secret of a link, and its SHA-256, which is all that is stored. */
export function newLinkToken(): { token: string; tokenHash: Buffer } {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  return { token, tokenHash: hashToken(token) };
}

/** @returns undefined for text that cannot be a token, which saves its query */
export const parseLinkToken = (token: string): Buffer | undefined =>
  TOKEN.test(token) ? hashToken(token) : undefined;

/** The address of a link. @param origin such as `https://tock.example.org` */
export const linkAddress = (origin: string, path: LinkPath, token: string): string =>
  `${origin}${path}?token=${token}`;
