import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { dashboardHtml } from "./page.ts";
import { SQL } from "./sql.ts";

/*
 * The floor: the task API by hand on node:http and pg. It verifies the JWT and keeps no sessions, limits, CSRF check or
 * circuit breaker. It shows what the machine can do, not how to write an application.
 */
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
const { DATABASE_URL = "", JWT_SECRET = "" } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 20 });
const BODY_BYTES = 64 * 1024;

class HttpError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

function userOf({ headers }: IncomingMessage): string {
  const [head, claims, signature] = (headers.authorization ?? "").slice("Bearer ".length).split(".");
  if (!signature) throw new HttpError(401);
  const expected = createHmac("sha256", JWT_SECRET).update(`${head}.${claims}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new HttpError(401);
  const { user_id, exp } = JSON.parse(Buffer.from(claims ?? "", "base64url").toString());
  if (exp * 1000 < Date.now()) throw new HttpError(401);
  return user_id;
}

async function bodyOf(request: IncomingMessage): Promise<{ title?: unknown; description?: unknown }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_BYTES) throw new HttpError(413);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "private, no-store",
    "X-Request-Id": randomUUID(),
  });
  response.end(text);
}
const sendJson = (response: ServerResponse, status: number, body: unknown) =>
  send(response, status, "application/json; charset=utf-8", JSON.stringify(body));

async function page(userId: string, number: number, limit: number) {
  const [counted, listed] = await Promise.all([
    pool.query({ ...SQL.count, values: [userId] }),
    pool.query({ ...SQL.list, values: [userId, limit, (number - 1) * limit] }),
  ]);
  return { rows: listed.rows, total: counted.rows[0].total as number };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/health") {
    await pool.query(SQL.ping);
    return sendJson(response, 200, { status: "ok", database: "connected", timestamp: new Date() });
  }
  const userId = userOf(request);
  if (pathname === "/dashboard") {
    const { rows, total } = await page(userId, 1, 20);
    return send(response, 200, "text/html; charset=utf-8", dashboardHtml(rows, total));
  }
  const [, id, action] = /^\/api\/tasks(?:\/(\d+)(\/complete)?)?$/.exec(pathname) ?? [];
  if (id === undefined && request.method === "GET") {
    const number = Number(searchParams.get("page") ?? 1);
    const limit = Math.min(100, Number(searchParams.get("limit") ?? 20));
    const { rows, total } = await page(userId, number, limit);
    const pagination = { page: number, limit, total, pages: Math.ceil(total / limit) };
    return sendJson(response, 200, { data: rows, pagination });
  }
  if (id === undefined && request.method === "POST") {
    const { title, description = null } = await bodyOf(request);
    if (typeof title !== "string" || !title.trim() || title.length > 200) throw new HttpError(422);
    const { rows } = await pool.query({ ...SQL.insert, values: [userId, title.trim(), description] });
    return sendJson(response, 201, rows[0]);
  }
  const statement = action ? SQL.toggle : SQL.find;
  const { rows } = await pool.query({ ...statement, values: [userId, id] });
  if (!rows[0]) throw new HttpError(404);
  sendJson(response, 200, rows[0]);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    sendJson(response, error instanceof HttpError ? error.status : 500, { error: String(error.message) });
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
process.once("SIGTERM", () => {
  server.close(() => void pool.end().then(() => process.exit(0)));
  server.closeAllConnections();
});
