import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { KeptForm } from "#app/http/cookies/kept-form.server.ts";
import type { PageContext, PageSession } from "#app/http/request-context.ts";
import { TEST_SECRETS } from "../../../support/app-server.ts";

let keptForms: typeof import("#app/http/cookies/kept-form.server.ts");
beforeAll(async () => {
  Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" });
  keptForms = await import("#app/http/cookies/kept-form.server.ts");
});
afterEach(() => void vi.useRealTimers());

const USER_ID = "6f1c1c5e-5a52-4c1f-9c53-0d6f0a3b7a11";
const OTHER_ID = "0b9a2f0e-9d0b-4b0e-8a0a-5f3d2c1b0a99";
const SCOPE = { origin: "http://localhost" };
const FORM = { intent: "add", id: "", title: "Water the fern", description: "In the hall" };

/** The values of the Set-Cookie headers that keep a form. */
const keep = (form: KeptForm, scope = SCOPE): string[] =>
  keptForms.keepForm(USER_ID, form, scope).map(([, value]) => value);

const requestWith = (setCookies: string[]) =>
  new Request("http://localhost/dashboard", {
    headers: { Cookie: setCookies.map((cookie) => cookie.split(";")[0]).join("; ") },
  });

const contextWith = (setCookies: string[]) => ({ ...SCOPE, request: requestWith(setCookies) }) as PageContext;

function find(setCookies: string[], userId: string, intent = "add") {
  const user = { id: userId, email: "ann@example.org", name: "Ann", created_at: "", updated_at: "" };
  const pageSession: PageSession = {
    kind: "signed-in",
    session: { id: "s", user, isRecent: true, tokenIssuedAt: 0 },
  };
  return keptForms.findKeptForm({ request: requestWith(setCookies), pageSession } as PageContext, intent);
}

describe("a form that is kept through a sign-in", () => {
  it("is found by the same user with the same intent, and unreadable in its cookies", () => {
    const cookies = keep(FORM);
    expect(find(cookies, USER_ID)).toEqual(FORM);
    expect(find(cookies, USER_ID, "save")).toBeNull();
    expect(cookies.join()).not.toMatch(/fern/i);
    for (const cookie of cookies) expect(cookie).toMatch(/HttpOnly.*SameSite=Lax/i);
  });

  it("is not found by another user or without a session", () => {
    const cookies = keep(FORM);
    expect(find(cookies, OTHER_ID)).toBeNull();
    const pageSession: PageSession = { kind: "anonymous" };
    const context = { request: requestWith(cookies), pageSession } as PageContext;
    expect(keptForms.findKeptForm(context, "add")).toBeNull();
    const none = { request: requestWith([]), pageSession } as PageContext;
    expect(keptForms.findKeptForm(none, "add")).toBeNull();
  });

  it("expires after 30 minutes, even if the browser keeps the cookies", () => {
    const cookies = keep(FORM);
    vi.useFakeTimers({ now: Date.now() + 29 * 60_000 });
    expect(find(cookies, USER_ID)).toEqual(FORM);
    vi.setSystemTime(Date.now() + 2 * 60_000);
    expect(find(cookies, USER_ID)).toBeNull();
  });

  it("is rejected when a byte of a cookie is changed", () => {
    const [first = "", ...rest] = keep(FORM);
    const forged = first.replace(/=(.)/, (_, character) => `=${character === "A" ? "B" : "A"}`);
    expect(find([forged, ...rest], USER_ID)).toBeNull();
  });

  it("holds the longest task in two cookies that browsers accept", () => {
    const longest = { ...FORM, title: "🦉".repeat(200), description: "🦉".repeat(1000) };
    const cookies = keep(longest);
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies) expect(cookie.length).toBeLessThan(4_096);
    expect(find(cookies, USER_ID)).toEqual(longest);
  });

  it("is not kept when it is too long or names no user", () => {
    expect(keptForms.keepForm(USER_ID, { ...FORM, description: "🦉".repeat(2_000) }, SCOPE)).toEqual([]);
    expect(keptForms.keepForm("", FORM, SCOPE)).toEqual([]);
  });

  it("is removed by clearing the cookies that the request brings", () => {
    const cookies = keep(FORM);
    expect(keptForms.removeKeptForm(contextWith(cookies)).join()).toMatch(/Max-Age=0/);
    expect(keptForms.removeKeptForm(contextWith([]))).toEqual([]);
  });
});
