import { beforeAll, describe, expect, it } from "vitest";
import { AppError } from "#app/errors.ts";
import type { PageContext, PageSession } from "#app/http/request-context.ts";
import type { AuthenticatedSession } from "#app/services/sessions.server.ts";
import { TEST_SECRETS } from "../../../support/app-server.ts";

let guards: typeof import("#app/http/auth/guards.server.ts");
beforeAll(async () => {
  Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" });
  guards = await import("#app/http/auth/guards.server.ts");
});

const session: AuthenticatedSession = {
  id: "session",
  user: { id: "user", email: "ann@example.org", name: "Ann", created_at: "", updated_at: "" },
  isRecent: true,
  tokenIssuedAt: 0,
};
const databaseError = new AppError("DB_ERROR", "The database is unavailable.");
const SIGNED_IN: PageSession = { kind: "signed-in", session };
const ANONYMOUS: PageSession = { kind: "anonymous" };
const UNAVAILABLE: PageSession = { kind: "unavailable", error: databaseError };

function pageContext(pageSession: PageSession, path = "/dashboard", method = "GET"): PageContext {
  const url = new URL(path, "http://localhost");
  const request = new Request(url, { method });
  const client = { ipAddress: "", userAgent: "", requestId: "" };
  const closeConnection = () => undefined;
  return {
    ...{ request, url, params: {}, requestId: "", nonce: "", origin: url.origin },
    ...{ client, closeConnection, pageSession },
  };
}

/** Runs a guard. @returns where it redirects to */
async function redirectOf(guard: () => unknown): Promise<string | null> {
  try {
    await guard();
  } catch (thrown) {
    if (thrown instanceof Response) return thrown.headers.get("Location");
    throw thrown;
  }
  return null;
}

describe("requireUser", () => {
  it("returns the session of a signed-in user", async () => {
    expect(await guards.requireUser(pageContext(SIGNED_IN))).toBe(session);
  });

  it.each([
    ["GET", "/tasks/1?return_to=%2Fdashboard", "/tasks/1?return_to=%2Fdashboard"],
    ["POST", "/dashboard?page=2", "/dashboard?page=2"],
    ["POST", "/tasks/1/delete", "/tasks/1/delete"],
    ["GET", `/settings?x=${"y".repeat(5_000)}`, "/settings"],
    ["GET", `/dashboard?title=Fern&x=${"y".repeat(5_000)}`, "/dashboard?title=Fern"],
  ])("redirects an anonymous %s %s to the sign-in page", async (method, path, returnPath) => {
    const location = await redirectOf(() => guards.requireUser(pageContext(ANONYMOUS, path, method)));
    const { pathname, searchParams } = new URL(location ?? "", "http://localhost");
    expect([pathname, searchParams.get("redirectTo")]).toEqual(["/signin", returnPath]);
  });

  it("throws the error of a failed look-up instead of redirecting to the sign-in page", async () => {
    await expect(guards.requireUser(pageContext(UNAVAILABLE))).rejects.toThrow(databaseError);
  });
});

describe("requireAnonymous", () => {
  it("redirects a signed-in user to the dashboard", async () => {
    expect(await redirectOf(() => guards.requireAnonymous(pageContext(SIGNED_IN)))).toBe("/dashboard");
  });

  it("lets an anonymous visitor pass", async () => {
    expect(await redirectOf(() => guards.requireAnonymous(pageContext(ANONYMOUS)))).toBeNull();
  });

  it("throws the error of a failed look-up", () => {
    expect(() => guards.requireAnonymous(pageContext(UNAVAILABLE))).toThrow(databaseError);
  });
});
