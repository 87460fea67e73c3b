import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";

/*
 * A typed client of the API. schema.d.ts is generated from the API description:
 *
 *   npx openapi-typescript http://localhost:7860/api/openapi.json -o docs/api-client/schema.d.ts
 *
 * Every path, parameter, body and response below is checked by TypeScript.
 */

/**
 * Creates tasks and completes the first one.
 * @param token of a sign-in
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
    await client.PATCH("/api/tasks/{id}/complete", { params: { path }, body: { completed: true } });
  }
  const { data, error } = await client.GET("/api/tasks", { params: { query: { completed: false } } });
  if (error) throw new Error(error.error.message);
  return data.data.map(({ title }) => title);
}
