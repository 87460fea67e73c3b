import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { createUser, PASSWORD, request, signIn, type TestResponse } from "../support/users.ts";

let app: AppServer;
beforeAll(async () => {
  app = await startApp({ TRUST_PROXY: "1" });
});
afterAll(() => app?.stop());

const ADDRESS = "198.51.100.7";
const NEW_PASSWORD = "another lantern by the river";
const sessionIdOf = ({ token }: { token: string }): string => claimsOf(token).sid;

/** Runs requests. @returns the security events that they log, as soon as there are this many */
async function eventsOf(send: () => Promise<unknown>, count = 1) {
  const before = app.log.length;
  await send();
  const events = () =>
    app.log
      .slice(before)
      .filter((line) => line.includes("security event"))
      .map((line) => JSON.parse(line));
  await expect.poll(() => events().length).toBeGreaterThanOrEqual(count);
  return events();
}

const callFrom = (method: string, path: string, body: object, token = ""): Promise<TestResponse> =>
  request(app.url, method, path, {
    body,
    headers: { "X-Forwarded-For": ADDRESS, ...(token && { Authorization: `Bearer ${token}` }) },
  });

/** An event with its time, from ADDRESS, with the request id of the response. */
const event = (name: string, response: TestResponse, ids: object) => ({
  level: "info",
  time: expect.any(String),
  msg: "security event",
  event: name,
  address: ADDRESS,
  requestId: response.headers.get("X-Request-Id"),
  ...ids,
});

it("sign-up, sign-in and refused sign-ins are logged with user, address and request id", async () => {
  const email = `${randomUUID()}@example.org`;
  const responses: TestResponse[] = [];
  const events = await eventsOf(async () => {
    responses.push(await callFrom("POST", "/api/auth/signup", { email, name: "Ada", password: PASSWORD }));
    responses.push(await callFrom("POST", "/api/auth/signin", { email, password: PASSWORD }));
    responses.push(await callFrom("POST", "/api/auth/signin", { email, password: "a wrong one" }));
    const unknown = { email: `x${email}`, password: "typed into the wrong field" };
    responses.push(await callFrom("POST", "/api/auth/signin", unknown));
  }, 4);
  const [signedUp, signedIn, wrong, unknown] = responses as [
    TestResponse,
    TestResponse,
    TestResponse,
    TestResponse,
  ];
  const user = signedUp.body.user.id;
  expect(events).toEqual([
    event("sign_up", signedUp, { user }),
    event("sign_in", signedIn, { user }),
    event("sign_in_refused", wrong, { user }),
    event("sign_in_refused", unknown, {}),
  ]);
});

it("created and revoked access tokens are logged with their id", async () => {
  const user = await createUser(app);
  const path = "/api/auth/tokens";
  const body = { name: "Calendar", scope: "tasks:read", expires_in_days: 1, password: PASSWORD };
  let created: TestResponse | undefined;
  const creation = await eventsOf(async () => {
    created = await callFrom("POST", path, body, user.token);
  });
  const tokenId = created?.body.id;
  const ids = { user: user.id, tokenId };
  expect(creation).toEqual([event("access_token_created", created as TestResponse, ids)]);
  let revoked: TestResponse | undefined;
  const revocation = await eventsOf(async () => {
    revoked = await callFrom("DELETE", `${path}/${tokenId}`, {}, user.token);
  });
  expect(revocation).toEqual([event("access_token_revoked", revoked as TestResponse, ids)]);
  expect(app.log.join("\n")).not.toContain(created?.body.token);
});

it("changes of password and email, ended sessions and a deleted account are logged", async () => {
  const user = await createUser(app);
  const [first, second] = [await signIn(app.url, user.email), await signIn(app.url, user.email)];
  const calls: [event: string, method: string, path: string, body: object, session?: string][] = [
    ["session_ended", "DELETE", `/api/auth/sessions/${sessionIdOf(first)}`, {}, sessionIdOf(first)],
    ["other_sessions_ended", "DELETE", "/api/auth/sessions", {}],
    ["email_changed", "PUT", "/api/auth/profile", { email: `${randomUUID()}@example.org` }],
    [
      "password_refused",
      "PUT",
      "/api/auth/profile",
      { password: NEW_PASSWORD, current_password: "a wrong one" },
    ],
    ["password_changed", "PUT", "/api/auth/profile", { password: NEW_PASSWORD, current_password: PASSWORD }],
  ];
  for (const [name, method, path, body, session] of calls) {
    let response: TestResponse | undefined;
    const events = await eventsOf(async () => {
      response = await callFrom(method, path, body, user.token);
    });
    expect(events).toEqual([
      event(name, response as TestResponse, { user: user.id, ...(session && { session }) }),
    ]);
  }
  expect((await second.api("GET", "/api/auth/profile")).status).toBe(401);
  const last = await signIn(
    app.url,
    (await user.api("GET", "/api/auth/profile")).body.user.email,
    NEW_PASSWORD,
  );
  const ended = await eventsOf(() => last.form("/signout", {}));
  expect(ended).toMatchObject([{ event: "session_ended", user: user.id, session: sessionIdOf(last) }]);
  const deleted = await eventsOf(() =>
    callFrom("DELETE", "/api/auth/account", { password: NEW_PASSWORD }, user.token),
  );
  expect(deleted).toMatchObject([{ event: "account_deleted", user: user.id }]);
  const log = app.log.join("\n");
  for (const secret of [user.email, PASSWORD, NEW_PASSWORD, user.token, "a wrong one"])
    expect(log).not.toContain(secret);
});
