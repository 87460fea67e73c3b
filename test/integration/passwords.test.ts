import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectFailure } from "../answers.ts";
import { call, PASSWORD, signIn, signUp } from "../person.ts";
import { startTock, type Tock } from "../tock.ts";

let tock: Tock;
beforeAll(async () => {
  tock = await startTock();
});
afterAll(() => tock?.stop());

const NEXT = "ein Kahn auf dem Fluß 🛶";
const trySignIn = (email: string, password: string) =>
  call(tock.url, "POST", "/api/auth/signin", { body: { email, password } });

describe.each([
  ["by Bearer token", "api"],
  ["by cookie", "viaCookie"],
] as const)("a password change %s", (_, via) => {
  it("needs the current password; it ends every other session, keeps this one, and only the new password opens", async () => {
    const here = await signUp(tock.url);
    const elsewhere = await signIn(tock.url, here.email);
    const wrong = { password: NEXT, current_password: "not the current one" };
    expectFailure(await here[via]("PUT", "/api/auth/profile", wrong), 401, "INVALID_CREDENTIALS");
    expect((await elsewhere.api("GET", "/api/tasks")).status).toBe(200);

    const answer = await here[via]("PUT", "/api/auth/profile", {
      password: NEXT,
      current_password: PASSWORD,
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toStrictEqual((await here.api("GET", "/api/auth/profile")).body);
    expect(Object.keys(answer.body)).toEqual(["user"]);
    expect((await here.viaCookie("GET", "/api/tasks")).status).toBe(200);
    expectFailure(await elsewhere.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectFailure(await elsewhere.viaCookie("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectFailure(await trySignIn(here.email, PASSWORD), 401, "INVALID_CREDENTIALS");
    expect((await trySignIn(here.email, NEXT)).status).toBe(200);
  });
});

it("a sign-in with the old password, under way while the password changes, opens nothing that lasts", async () => {
  const here = await signUp(tock.url);
  const changing = here.api("PUT", "/api/auth/profile", { password: NEXT, current_password: PASSWORD });
  // One every so often, so that some read the old hash before the change is stored and are checked after it.
  const attempts: ReturnType<typeof trySignIn>[] = [];
  for (let i = 0; i < 4; i += 1) {
    attempts.push(trySignIn(here.email, PASSWORD));
    await sleep(150);
  }
  expect((await changing).status).toBe(200);
  const opened = (await Promise.all(attempts)).filter((answer) => answer.status === 200);
  for (const { body } of opened) {
    const headers = { Authorization: `Bearer ${body.token}` };
    expectFailure(await call(tock.url, "GET", "/api/tasks", { headers }), 401, "AUTH_INVALID");
  }
});

it("two password changes at once, each with the old password: one wins, and its password is the one that opens", async () => {
  const here = await signUp(tock.url);
  const other = await signIn(tock.url, here.email);
  const passwords = ["the first of two changes", "the second of two changes"] as const;
  const answers = await Promise.all([
    here.api("PUT", "/api/auth/profile", { password: passwords[0], current_password: PASSWORD }),
    other.api("PUT", "/api/auth/profile", { password: passwords[1], current_password: PASSWORD }),
  ]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401]);
  const won = answers.findIndex((answer) => answer.status === 200);
  expect((await trySignIn(here.email, passwords[won] ?? "")).status).toBe(200);
  expectFailure(await trySignIn(here.email, passwords[1 - won] ?? ""), 401, "INVALID_CREDENTIALS");
});

describe("passwords longer than bcrypt reads", () => {
  const LONG = "0123456789".repeat(12);
  it.each([
    ["of one byte a character", `${LONG}abcdefgh`, `${LONG}abcdefgX`],
    ["of four bytes a character", `${"🌙".repeat(127)}a`, `${"🌙".repeat(127)}b`],
  ])("are told apart by every character: 128 %s", async (_, password, almost) => {
    const { email } = await signUp(tock.url, { password });
    expectFailure(await trySignIn(email, almost), 401, "INVALID_CREDENTIALS");
    expect((await trySignIn(email, password)).status).toBe(200);
  });

  it("may be any characters: blanks at the ends count, nothing is cut or trimmed", async () => {
    const password = "  Καλημέρα\t\u00a0😀  ";
    const { email } = await signUp(tock.url, { password });
    expectFailure(await trySignIn(email, password.trim()), 401, "INVALID_CREDENTIALS");
    expect((await trySignIn(email, password)).status).toBe(200);
  });
});
