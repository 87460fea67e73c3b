import { createSecretKey } from "node:crypto";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyRequest } from "fastify";
import jwt from "jsonwebtoken";
import pg from "pg";
import { dashboardHtml } from "./page.ts";
import { SQL } from "./sql.ts";

/* The task API as Fastify's guide writes it: schemas for input and output, pg, jsonwebtoken. No sessions or limits. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
const { DATABASE_URL = "", JWT_SECRET = "" } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 20 });
const key = createSecretKey(Buffer.from(JWT_SECRET));
const app = fastify({ bodyLimit: 64 * 1024 });

const task = {
  type: "object",
  properties: {
    id: { type: "integer" },
    user_id: { type: "string" },
    title: { type: "string" },
    description: { type: ["string", "null"] },
    completed: { type: "boolean" },
    completed_at: { type: ["string", "null"], format: "date-time" },
    created_at: { type: "string", format: "date-time" },
    updated_at: { type: "string", format: "date-time" },
    version: { type: "integer" },
  },
};
const idParams = { type: "object", properties: { id: { type: "integer" } } };
const taskPage = {
  type: "object",
  properties: {
    data: { type: "array", items: task },
    pagination: {
      type: "object",
      properties: Object.fromEntries(
        ["page", "limit", "total", "pages"].map((name) => [name, { type: "integer" }]),
      ),
    },
  },
};
const query = {
  type: "object",
  properties: {
    page: { type: "integer", minimum: 1, default: 1 },
    limit: { type: "integer", minimum: 1, maximum: 100, default: 20 },
  },
};
const newTask = {
  type: "object",
  required: ["title"],
  properties: {
    title: { type: "string", minLength: 1, maxLength: 200 },
    description: { type: ["string", "null"], maxLength: 1000 },
  },
};

function userOf({ headers }: FastifyRequest): string {
  const token = (headers.authorization ?? "").slice("Bearer ".length);
  return (jwt.verify(token, key, { algorithms: ["HS256"] }) as { user_id: string }).user_id;
}

async function page(userId: string, number: number, limit: number) {
  const [counted, listed] = await Promise.all([
    pool.query({ ...SQL.count, values: [userId] }),
    pool.query({ ...SQL.list, values: [userId, limit, (number - 1) * limit] }),
  ]);
  return { rows: listed.rows, total: counted.rows[0].total as number };
}

app.get("/health", async () => {
  await pool.query(SQL.ping);
  return { status: "ok", database: "connected", timestamp: new Date() };
});
app.get<{ Querystring: { page: number; limit: number } }>(
  "/api/tasks",
  { schema: { querystring: query, response: { 200: taskPage } } },
  async (request) => {
    const { page: number, limit } = request.query;
    const { rows, total } = await page(userOf(request), number, limit);
    return { data: rows, pagination: { page: number, limit, total, pages: Math.ceil(total / limit) } };
  },
);
app.get<{ Params: { id: number } }>(
  "/api/tasks/:id",
  { schema: { params: idParams, response: { 200: task } } },
  async (request, reply) => {
    const { rows } = await pool.query({ ...SQL.find, values: [userOf(request), request.params.id] });
    return rows[0] ?? reply.code(404).send();
  },
);
app.post<{ Body: { title: string; description?: string | null } }>(
  "/api/tasks",
  { schema: { body: newTask, response: { 201: task } } },
  async (request, reply) => {
    const { title, description = null } = request.body;
    const { rows } = await pool.query({ ...SQL.insert, values: [userOf(request), title, description] });
    return reply.code(201).send(rows[0]);
  },
);
app.patch<{ Params: { id: number } }>(
  "/api/tasks/:id/complete",
  { schema: { params: idParams, response: { 200: task } } },
  async (request, reply) => {
    const { rows } = await pool.query({ ...SQL.toggle, values: [userOf(request), request.params.id] });
    return rows[0] ?? reply.code(404).send();
  },
);
app.get("/dashboard", async (request, reply) => {
  const { rows, total } = await page(userOf(request), 1, 20);
  return reply.type("text/html; charset=utf-8").send(dashboardHtml(rows, total));
});

await app.listen({ port: 0, host: "127.0.0.1" });
const { port } = app.server.address() as AddressInfo;
process.stdout.write(`${JSON.stringify({ port })}\n`);
process.once("SIGTERM", () => void app.close().then(() => pool.end()));
