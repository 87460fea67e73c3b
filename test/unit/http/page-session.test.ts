import { beforeAll, describe, expect, it } from "vitest";
import { AppError } from "#app/errors.ts";
import type { PageContext, PageSession } from "#app/http/request-context.ts";
import { TEST_SECRETS } from "../../support/app-server.ts";
import { forgeCookie, forgeToken } from "../../support/forge-credentials.ts";

let pageSession: typeof import("#app/http/auth/page-session.server.ts");
let cookies: typeof import("#app/http/auth/session-cookie.server.ts");
beforeAll(async () => {
  Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" });
  pageSession = await import("#app/http/auth/page-session.server.ts");
  cookies = await import("#app/http/auth/session-cookie.server.ts");
});

const client = { address: "", userAgent: "" };
const withCookie = (cookie: string) => new Request("http://localhost/", { headers: { Cookie: cookie } });
const validToken = () => {
  const iat = Math.floor(Date.now() / 1000);
  const ids = { user_id: crypto.randomUUID(), sid: crypto.randomUUID() };
  return forgeToken({ ...ids, email: "ann@example.org", iat, exp: iat + 60 });
};

describe("resolvePageSession", () => {
  const resolve = (cookie: string) => pageSession.resolvePageSession(withCookie(cookie), client);

  it("returns an anonymous session without a token", async () => {
    expect(await resolve("")).toEqual({ kind: "anonymous", rejectedToken: false });
    expect(await resolve(await forgeCookie({ notice: { text: "Saved." } }))).toEqual({
      kind: "anonymous",
      rejectedToken: false,
    });
  });

  it.each(["", "nonsense", 1, null])("reports the invalid token %j as rejected", async (token) => {
    expect(await resolve(await forgeCookie({ token }))).toEqual({ kind: "anonymous", rejectedToken: true });
  });

  it("returns the error of a look-up that fails", async () => {
    // The database is not open in this test.
    const session = await resolve(await forgeCookie({ token: validToken() }));
    expect(session).toEqual({ kind: "unavailable", error: expect.any(Error) });
  });
});

describe("loadRootSession", () => {
  async function load(session: PageSession, data: Record<string, unknown> = {}) {
    const request = withCookie(await forgeCookie(data));
    const context = { request, pageSession: session } as PageContext;
    const { headers, ...rest } = await pageSession.loadRootSession(context);
    const [setCookie] = headers.getSetCookie();
    const stored =
      setCookie === undefined ? undefined : (await cookies.readSessionCookie(withCookie(setCookie))).data;
    return { ...rest, stored };
  }
  const signedIn = (tokenIssuedAt: number): PageSession => {
    const user = { id: "user", email: "ann@example.org", name: "Ann", created_at: "", updated_at: "" };
    return { kind: "signed-in", session: { id: "session", user, tokenIssuedAt } };
  };
  const NOTICE = { text: "Saved." };
  const token = "a token";

  it("leaves the cookie alone within the first day", async () => {
    const session = signedIn(Date.now() / 1000 - 60);
    expect(await load(session, { token })).toEqual({ signedIn: true, notice: null, stored: undefined });
  });

  it("shows a notice once and removes it from the cookie", async () => {
    const cookie = await cookies.newSessionCookie({ token, notice: NOTICE });
    const context = { request: withCookie(cookie), pageSession: signedIn(Date.now() / 1000) } as PageContext;
    const { notice, headers } = await pageSession.loadRootSession(context);
    expect(notice).toEqual(NOTICE);
    const stored = await cookies.readSessionCookie(withCookie(headers.getSetCookie()[0] ?? ""));
    expect(stored.data).toEqual({ token });
  });

  it("removes a rejected token from the cookie", async () => {
    expect(await load({ kind: "anonymous", rejectedToken: true }, { token })).toEqual({
      signedIn: false,
      notice: null,
      stored: {},
    });
  });

  it("shows a signed-in header and keeps cookie and notice while the database is unavailable", async () => {
    const error = new AppError("DB_ERROR", "The database is unavailable.");
    expect(await load({ kind: "unavailable", error }, { token, notice: NOTICE })).toEqual({
      signedIn: true,
      notice: null,
      stored: undefined,
    });
  });

  it("throws any other error of the look-up", async () => {
    const error = new Error("unexpected");
    await expect(load({ kind: "unavailable", error }, { token })).rejects.toBe(error);
  });
});
