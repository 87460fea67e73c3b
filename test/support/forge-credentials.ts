import { createCookieSessionStorage } from "@remix-run/node";
import jwt, { type Algorithm } from "jsonwebtoken";
import { TEST_SECRETS } from "./app-server.ts";

/** A JWT's claims, unchecked. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into claims that may be anything
export const claimsOf = (token: string): any =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

/** A JWT around any claims, signed with the tests' own secret unless told otherwise. */
export const forgeToken = (
  claims: object,
  { secret = TEST_SECRETS.JWT_SECRET, algorithm = "HS256" as Algorithm } = {},
): string => jwt.sign(claims, secret, { algorithm, allowInsecureKeySizes: true });

/** A header and claims of one's own making, with any signature. */
export const rawToken = (header: object, claims: object, signature = ""): string =>
  [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".") +
  `.${signature}`;

/** `name=value` of a session cookie that holds `data`, signed as ours are. */
export async function forgeCookie(
  data: Record<string, unknown>,
  { secret = TEST_SECRETS.SESSION_SECRET, name = "tock" } = {},
): Promise<string> {
  const storage = createCookieSessionStorage({ cookie: { name, secrets: [secret] } });
  const session = await storage.getSession();
  for (const [key, value] of Object.entries(data)) session.set(key, value);
  return (await storage.commitSession(session)).split(";")[0] ?? "";
}
