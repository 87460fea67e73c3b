import { PASSWORD } from "../../support/users.ts";
import type { BenchUser } from "../dataset.ts";

/** A request of a user, with its frequency and its time limit. */
export interface Operation {
  title: string;
  /** The target at the 95th percentile. */
  targetMs: number;
  /** Share of the requests of a user, in percent. Sign-ins have a rate of their own. */
  percent: number;
  method: string;
  path(user: BenchUser): string;
  body?: (user: BenchUser) => object;
  status: number;
}

/** Targets for reading, writing, deleting and authentication, as in docs/performance.md. */
const TARGETS_MS = { read: 100, write: 200, delete: 100, authenticate: 300 };

const anyTask = ({ taskIds }: BenchUser) => taskIds[Math.floor(Math.random() * taskIds.length)];

/** Each task is deleted once. */
function deletePath({ taskIds }: BenchUser): string {
  const id = taskIds.length > 1 ? taskIds.pop() : undefined;
  if (id === undefined) throw new Error("a user has no tasks left: raise --tasks");
  return `/api/tasks/${id}`;
}

const NEW_TASK = { title: "Buy soil for the fern", description: "The dark one." };

export const OPERATIONS: Operation[] = [
  {
    title: "GET /api/tasks",
    targetMs: TARGETS_MS.read,
    percent: 30,
    method: "GET",
    path: () => "/api/tasks",
    status: 200,
  },
  {
    title: "GET /api/tasks/{id}",
    targetMs: TARGETS_MS.read,
    percent: 15,
    method: "GET",
    path: (user) => `/api/tasks/${anyTask(user)}`,
    status: 200,
  },
  {
    title: "GET /dashboard",
    targetMs: TARGETS_MS.read,
    percent: 20,
    method: "GET",
    path: () => "/dashboard",
    status: 200,
  },
  {
    title: "POST /api/tasks",
    targetMs: TARGETS_MS.write,
    percent: 10,
    method: "POST",
    path: () => "/api/tasks",
    body: () => NEW_TASK,
    status: 201,
  },
  {
    title: "PUT /api/tasks/{id}",
    targetMs: TARGETS_MS.write,
    percent: 8,
    method: "PUT",
    path: (user) => `/api/tasks/${anyTask(user)}`,
    body: () => ({ title: "Water both" }),
    status: 200,
  },
  {
    title: "PATCH /api/tasks/{id}/complete",
    targetMs: TARGETS_MS.write,
    percent: 12,
    method: "PATCH",
    path: (user) => `/api/tasks/${anyTask(user)}/complete`,
    status: 200,
  },
  {
    title: "DELETE /api/tasks/{id}",
    targetMs: TARGETS_MS.delete,
    percent: 5,
    method: "DELETE",
    path: deletePath,
    status: 204,
  },
];

export const SIGN_IN: Operation = {
  title: "POST /api/auth/signin",
  targetMs: TARGETS_MS.authenticate,
  percent: 0,
  method: "POST",
  path: () => "/api/auth/signin",
  body: ({ email }) => ({ email, password: PASSWORD }),
  status: 200,
};

/** Chooses an operation of OPERATIONS by its share. */
export function chooseOperation(): Operation {
  let left = Math.random() * 100;
  const chosen = OPERATIONS.find(({ percent }) => {
    left -= percent;
    return left < 0;
  });
  return chosen ?? (OPERATIONS[0] as Operation);
}
