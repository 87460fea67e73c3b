import { createCookieSessionStorage } from "@remix-run/node";
import jwt, { type Algorithm } from "jsonwebtoken";
import { TEST_SECRETS } from "./app-server.ts";

/** Decodes the claims of a JWT without verifying it. */
// biome-ignore lint/suspicious/noExplicitAny: claims of any shape
export const claimsOf = (token: string): any =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

/** Signs any claims as a JWT, with the server's secret by default. */
export const forgeToken = (
  claims: object,
  { secret = TEST_SECRETS.JWT_SECRET, algorithm = "HS256" as Algorithm } = {},
): string => jwt.sign(claims, secret, { algorithm, allowInsecureKeySizes: true });

/** Encodes any header and claims as a JWT with the given signature. */
export const rawToken = (header: object, claims: object, signature = ""): string =>
  [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".") +
  `.${signature}`;

/** A session cookie that holds `data`, signed with the server's secret by default. @returns `name=value` */
export async function forgeCookie(
  data: Record<string, unknown>,
  { secret = TEST_SECRETS.SESSION_SECRET, name = "tock" } = {},
): Promise<string> {
  const storage = createCookieSessionStorage({ cookie: { name, secrets: [secret] } });
  const session = await storage.getSession();
  for (const [key, value] of Object.entries(data)) session.set(key, value);
  return (await storage.commitSession(session)).split(";")[0] ?? "";
}
