import { fileURLToPath } from "node:url";
import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";

/*
 * A typed client of the API. schema.d.ts is generated from the API description:
 *
 *   npx openapi-typescript http://localhost:7860/api/openapi.json -o schema.d.ts
 *
 * Every path, parameter, body and response below is checked by TypeScript. README.md says how to run it.
 */

/**
 * Creates tasks and completes the first one.
 * @param token of a sign-in, or a personal access token with the scope tasks:write
 * @returns the titles of the open tasks, newest first
 * @throws Error with the message of the API
 */
export async function planDay(baseUrl: string, token: string, titles: string[]): Promise<string[]> {
  const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const ids: number[] = [];
  for (const title of titles) {
    const { data, error } = await client.POST("/api/tasks", { body: { title } });
    if (error) throw new Error(error.error.message);
    ids.push(data.id);
  }
  const [first] = ids;
  if (first !== undefined) {
    const path = { id: first };
    const body = { completed: true };
    const { error } = await client.PATCH("/api/tasks/{id}/complete", { params: { path }, body });
    if (error) throw new Error(error.error.message);
  }
  const { data, error } = await client.GET("/api/tasks", { params: { query: { completed: false } } });
  if (error) throw new Error(error.error.message);
  return data.data.map(({ title }) => title);
}

/** Adds the tasks of the arguments with the token of TOCK_TOKEN, and prints the open tasks. */
async function main(): Promise<void> {
  const { TOCK_URL = "http://localhost:7860", TOCK_TOKEN } = process.env;
  if (!TOCK_TOKEN) throw new Error("Set TOCK_TOKEN to a personal access token with the scope tasks:write.");
  const titles = await planDay(TOCK_URL, TOCK_TOKEN, process.argv.slice(2));
  process.stdout.write(`${titles.join("\n")}\n`);
}

// Not when it is imported, as a test does.
if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
