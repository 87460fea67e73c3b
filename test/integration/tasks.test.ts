import { afterAll, beforeAll, expect, test } from "vitest";
import { signUp } from "../person.ts";
import { startTock, type Tock } from "../tock.ts";

let tock: Tock;
beforeAll(async () => {
  tock = await startTock();
});
afterAll(() => tock.stop());

test("a page of 25 tasks", async () => {
  const ann = await signUp(tock.url);
  for (let i = 0; i < 25; i++) await ann.api("POST", "/api/tasks", { title: `t${i}` });
  const page = await ann.api("GET", "/api/tasks?limit=10&page=3");
  expect(page.body).toMatchObject({ pagination: { page: 3, limit: 10, total: 25, pages: 3 } });
  expect(page.body.data).toHaveLength(5);
});
