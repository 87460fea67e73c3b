import { beforeAll, describe, expect, it } from "vitest";
import { AppError } from "#app/errors.ts";
import type { PageContext, PageSession } from "#app/http/request-context.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { TEST_SECRETS } from "../../../support/app-server.ts";
import { forgeCookie, forgeToken } from "../../../support/forge-credentials.ts";

let pageSession: typeof import("#app/http/auth/page-session.server.ts");
let tokens: typeof import("#app/services/session-tokens.server.ts");
let cookies: typeof import("#app/http/cookies/session-cookie.server.ts");
beforeAll(async () => {
  Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" });
  pageSession = await import("#app/http/auth/page-session.server.ts");
  tokens = await import("#app/services/session-tokens.server.ts");
  cookies = await import("#app/http/cookies/session-cookie.server.ts");
});

const SCOPE = { origin: "http://localhost" };
const CONTEXT = {
  ...SCOPE,
  requestId: "",
  nonce: "",
  client: { ipAddress: "", userAgent: "", requestId: "" },
  closeConnection: () => undefined,
};
const withCookie = (cookie: string) => new Request("http://localhost/", { headers: { Cookie: cookie } });
const validToken = () => {
  const iat = Math.floor(Date.now() / 1000);
  const ids = { user_id: crypto.randomUUID(), sid: crypto.randomUUID() };
  return forgeToken({ ...ids, email: "ann@example.org", iat, exp: iat + 60 });
};

describe("resolvePageSession", () => {
  const resolve = async (cookie: string) => {
    const token = await cookies.readSessionToken(withCookie(cookie), SCOPE);
    return pageSession.resolvePageSession(tokens.verifiedClaims(token), CONTEXT);
  };

  it("returns an anonymous session without a token", async () => {
    expect(await resolve("")).toEqual({ kind: "anonymous" });
    expect(await resolve(await forgeCookie({ notice: { text: "Saved." } }))).toEqual({ kind: "anonymous" });
  });

  it.each(["", "nonsense", 1, null])(
    "returns an anonymous session for the invalid token %j",
    async (token) => {
      expect(await resolve(await forgeCookie({ token }))).toEqual({ kind: "anonymous" });
    },
  );

  it("returns the error of a look-up that fails", async () => {
    // The database is not open in this test.
    const session = await resolve(await forgeCookie({ token: validToken() }));
    expect(session).toEqual({ kind: "unavailable", error: expect.any(Error) });
  });
});

describe("loadRootSession", () => {
  async function load(session: PageSession, cookie: string) {
    const context = { ...CONTEXT, request: withCookie(cookie), pageSession: session } as PageContext;
    const { headers, ...rest } = await pageSession.loadRootSession(context);
    return { ...rest, cookies: headers.getSetCookie() };
  }
  const signedIn = (tokenIssuedAt: number): PageSession => {
    const user = { id: "user", email: "ann@example.org", name: "Ann", created_at: "", updated_at: "" };
    return { kind: "signed-in", session: { id: "session", user, isRecent: true, tokenIssuedAt } };
  };
  const NOTICE = { text: "Saved." };
  const token = "a token";

  it("leaves the cookie alone within the first day", async () => {
    const session = signedIn(Date.now() / 1000 - 60);
    const cookie = await forgeCookie({ token });
    expect(await load(session, cookie)).toEqual({
      signedIn: true,
      userId: "user",
      notice: null,
      cookies: [],
    });
  });

  const noticeOnly = async (notice: Notice = NOTICE) =>
    (await cookies.noticeCookie(notice, SCOPE))[1].split(";")[0] ?? "";
  const REMOVED = expect.stringMatching(/^tock-notice=.*Max-Age=0/);

  it("shows a notice once and removes only its cookie", async () => {
    const cookie = `${await forgeCookie({ token })}; ${await noticeOnly()}`;
    const root = await load(signedIn(Date.now() / 1000), cookie);
    expect(root).toEqual({
      signedIn: true,
      userId: "user",
      notice: NOTICE,
      cookies: [REMOVED],
    });
  });

  it("shows no notice from a cookie without a signature, or from the value of another cookie", async () => {
    const notice = `tock-notice=${btoa(JSON.stringify(NOTICE))}`;
    expect((await load({ kind: "anonymous" }, notice)).notice).toBeNull();
    const other = (await forgeCookie({ token })).replace("tock=", "tock-notice=");
    expect((await load({ kind: "anonymous" }, other)).notice).toBeNull();
  });

  it("leaves a rejected token alone", async () => {
    expect(await load({ kind: "anonymous" }, await forgeCookie({ token }))).toEqual({
      signedIn: false,
      userId: null,
      notice: null,
      cookies: [],
    });
  });

  it("shows a signed-in header and keeps cookie and notice while the database is unavailable", async () => {
    const error = new AppError("DB_ERROR", "The database is unavailable.");
    expect(await load({ kind: "unavailable", error }, await noticeOnly())).toEqual({
      signedIn: true,
      userId: null,
      notice: null,
      cookies: [],
    });
  });

  describe("with an Undo button in the notice", () => {
    const undoUntil = (undo_until: number) => ({ text: "Task deleted.", undo: 7, undo_until });

    it("keeps the notice for a reload, and writes no cookie", async () => {
      const notice = undoUntil(Date.now() + 60_000);
      const root = await load(signedIn(Date.now() / 1000), await noticeOnly(notice));
      expect(root).toEqual({ signedIn: true, userId: "user", notice, cookies: [] });
    });

    it("removes the notice after its time", async () => {
      const root = await load(signedIn(Date.now() / 1000), await noticeOnly(undoUntil(Date.now() - 1)));
      expect(root).toEqual({ signedIn: true, userId: "user", notice: null, cookies: [REMOVED] });
    });

    it("removes the notice without a session", async () => {
      const root = await load({ kind: "anonymous" }, await noticeOnly(undoUntil(Date.now() + 60_000)));
      expect(root).toEqual({ signedIn: false, userId: null, notice: null, cookies: [REMOVED] });
    });
  });

  it("throws any other error of the look-up", async () => {
    const error = new Error("unexpected");
    await expect(load({ kind: "unavailable", error }, "")).rejects.toBe(error);
  });
});
