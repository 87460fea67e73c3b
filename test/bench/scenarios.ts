import type { BenchUser } from "./dataset.ts";

export interface BenchRequest {
  method: "GET" | "POST" | "PATCH";
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface Scenario {
  name: string;
  title: string;
  /** A request of a random user. */
  request(user: BenchUser): BenchRequest;
  /** Throws when a response is not the right one. */
  check(status: number, text: string): void;
}

const json = { "Content-Type": "application/json" };
const bearer = ({ token }: BenchUser) => ({ Authorization: `Bearer ${token}` });
const anyTask = ({ taskIds }: BenchUser) => taskIds[Math.floor(Math.random() * taskIds.length)];

function assert(condition: boolean, what: string): void {
  if (!condition) throw new Error(`wrong response: ${what}`);
}

function checkTask(expectedStatus: number) {
  return (status: number, text: string) => {
    assert(status === expectedStatus, `status ${status}, expected ${expectedStatus}`);
    const task = JSON.parse(text);
    assert(Number.isInteger(task.id) && typeof task.title === "string", "not a task");
  };
}

export const SCENARIOS: Scenario[] = [
  {
    name: "health",
    title: "GET /health",
    request: () => ({ method: "GET", path: "/health", headers: {} }),
    check: (status, text) => assert(status === 200 && JSON.parse(text).status === "ok", text),
  },
  {
    name: "list",
    title: "GET /api/tasks",
    request: (user) => ({ method: "GET", path: "/api/tasks", headers: bearer(user) }),
    check(status, text) {
      const { data, pagination } = JSON.parse(text);
      assert(status === 200 && data.length === 20 && pagination.total >= 100, text.slice(0, 200));
    },
  },
  {
    name: "task",
    title: "GET /api/tasks/{id}",
    request: (user) => ({ method: "GET", path: `/api/tasks/${anyTask(user)}`, headers: bearer(user) }),
    check: checkTask(200),
  },
  {
    name: "create",
    title: "POST /api/tasks",
    request: (user) => ({
      method: "POST",
      path: "/api/tasks",
      headers: { ...bearer(user), ...json },
      body: JSON.stringify({ title: "Buy soil for the fern", description: "The dark one." }),
    }),
    check: checkTask(201),
  },
  {
    name: "complete",
    title: "PATCH /api/tasks/{id}/complete",
    request: (user) => ({
      method: "PATCH",
      path: `/api/tasks/${anyTask(user)}/complete`,
      headers: bearer(user),
    }),
    check: checkTask(200),
  },
  {
    name: "page",
    title: "GET /dashboard",
    // Tock's pages read the cookie, the comparison servers the Bearer token.
    request: (user) => ({
      method: "GET",
      // As the comparison servers: all tasks.
      path: "/dashboard?show=all",
      headers: { ...bearer(user), Cookie: user.cookie },
    }),
    check(status, text) {
      const rows = text.match(/Water the fern|Buy soil/g)?.length ?? 0;
      assert(status === 200 && rows >= 20, `${status} with ${rows} tasks`);
    },
  },
];
