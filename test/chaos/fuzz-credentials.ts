import type { TestUser } from "../support/users.ts";
import type { HostileRequest } from "./hostile-requests/generate.ts";

/** Headers that authenticate a request. */
export type Credentials = (request: HostileRequest, user: TestUser) => [string, string][];

const bearer = (token: string): [string, string] => ["Authorization", `Bearer ${token}`];

/** The credentials that the request asks for. */
export const requestedCredentials: Credentials = ({ credentials }, { token, cookie }) => {
  switch (credentials) {
    case "bearer":
      return [bearer(token)];
    case "cookie":
      return [
        ["Cookie", cookie],
        ["Sec-Fetch-Site", "same-origin"],
      ];
    case "forged":
      return [["Cookie", `${cookie.slice(0, -4)}AAAA`], bearer(`${token.slice(0, -3)}AAA`)];
    default:
      return [];
  }
};

/** Credentials that must not allow a change: a cookie from another site, or a forged token. */
export const invalidCredentials: Credentials = (request, user) => {
  if (request.credentials === "cookie")
    return [
      ["Cookie", user.cookie],
      ["Sec-Fetch-Site", "cross-site"],
    ];
  const credentials = request.credentials === "bearer" ? "forged" : request.credentials;
  return requestedCredentials({ ...request, credentials }, user);
};
