import { afterAll, beforeAll, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { createUser, request, type TestUser } from "../support/users.ts";

let app: AppServer;
let alice: TestUser;
beforeAll(async () => {
  app = await startApp();
  alice = await createUser(app);
});
afterAll(() => app?.stop());

/*
 * React 18 writes a page in blocks of 2 KiB and fills a block with NUL if a character of several bytes does not fit
 * (facebook/react#26228). In the loader data, the browser reads NUL as U+FFFD.
 */
it.each(["日本語", "مراجعة", "🌿🪴"])(
  "a page contains %s without NUL, wherever its blocks end",
  async (word) => {
    const titles = Array.from({ length: 16 }, (_, index) => `${"a".repeat(index)}${word.repeat(30)}`);
    for (const title of titles) await alice.api("POST", "/api/tasks", { title, description: title });
    const { text } = await request(app.url, "GET", "/dashboard", { headers: { Cookie: alice.cookie } });
    expect(text.split("\u0000")).toHaveLength(1);
    for (const title of titles) expect(text).toContain(`>${title}</a>`);
  },
);
