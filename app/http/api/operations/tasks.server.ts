import {
  completionSchema,
  newTaskSchema,
  taskChangesSchema,
  taskDeletionQuerySchema,
  taskPageSchema,
  taskParamsSchema,
  taskQuerySchema,
  taskSchema,
} from "#app/schemas/task.ts";
import { idempotencyKeySchema, ifMatchSchema, ifNoneMatchSchema } from "../header-schemas.server.ts";
import { TASK } from "./examples.server.ts";
import type { Operation } from "./operation.server.ts";

const ETAG = { ETag: "The version of the task as an entity tag, for `If-Match` and `If-None-Match`." };

const changedTask = (example: object) => ({
  200: { description: "The changed task.", schema: taskSchema, headers: ETAG, example },
});

/** A change that a client can limit to the version that it has read. */
const CONDITIONAL = {
  headers: ifMatchSchema,
  headerExamples: { "If-Match": '"1"' },
  errors: ["PRECONDITION_FAILED"],
} satisfies Partial<Operation>;

export const taskOperations = {
  list: {
    id: "listTasks",
    method: "GET",
    path: "/api/tasks",
    tag: "Tasks",
    summary: "List your tasks, newest first",
    description:
      "With `completed` only completed, or only open tasks; with `q` only tasks that contain a text. A page after the last one is empty. With `deleted=true` it lists the trash: the tasks have `deleted_at`, the one that was deleted last comes first, and `completed` and `q` are not accepted.",
    access: "tasks",
    query: taskQuerySchema,
    responses: {
      200: {
        description: "One page of tasks.",
        schema: taskPageSchema,
        example: { data: [TASK], pagination: { page: 1, limit: 20, total: 1, pages: 1 } },
      },
    },
  },
  create: {
    id: "createTask",
    method: "POST",
    path: "/api/tasks",
    tag: "Tasks",
    summary: "Create a task",
    description:
      "With `Idempotency-Key` the request can be repeated for 24 hours: it creates one task. A failed request keeps no key.",
    access: "tasks",
    headers: idempotencyKeySchema,
    headerExamples: { "Idempotency-Key": '"8e03978e-40d5-43e8-bc93-6894a57f9324"' },
    body: newTaskSchema,
    bodyExamples: {
      title: { title: "Water the fern" },
      "title and description": { title: "Water the fern", description: "Not the cactus" },
    },
    responses: {
      201: {
        description: "The new task.",
        schema: taskSchema,
        headers: {
          Location: "The path of the task.",
          ...ETAG,
        },
        optionalHeaders: {
          "Idempotent-Replayed": "`true`: an earlier request with this key has created the task.",
        },
        example: TASK,
      },
    },
    errors: ["QUOTA_EXCEEDED", "IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_KEY_IN_USE"],
  },
  get: {
    id: "getTask",
    method: "GET",
    path: "/api/tasks/{id}",
    tag: "Tasks",
    summary: "Read a task",
    access: "tasks",
    params: taskParamsSchema,
    headers: ifNoneMatchSchema,
    headerExamples: { "If-None-Match": '"1"' },
    responses: {
      200: { description: "The task.", schema: taskSchema, headers: ETAG, example: TASK },
      304: { description: "The task has a version that `If-None-Match` names.", headers: ETAG },
    },
  },
  change: {
    id: "changeTask",
    method: "PUT",
    path: "/api/tasks/{id}",
    tag: "Tasks",
    summary: "Change a task",
    description: "Absent fields stay as they are.",
    access: "tasks",
    params: taskParamsSchema,
    ...CONDITIONAL,
    body: taskChangesSchema,
    bodyExamples: {
      title: { title: "Water both" },
      "all fields": { title: "Water both", description: null, completed: true },
    },
    responses: changedTask({ ...TASK, title: "Water both", version: 2 }),
  },
  remove: {
    id: "deleteTask",
    method: "DELETE",
    path: "/api/tasks/{id}",
    tag: "Tasks",
    summary: "Delete a task",
    description:
      "The task can be restored for 30 days. The trash holds as many tasks as an account can have; those that were deleted first are erased. With `permanent=true` the task is erased at once, also if it is deleted already.",
    access: "tasks",
    params: taskParamsSchema,
    query: taskDeletionQuerySchema,
    ...CONDITIONAL,
    responses: { 204: { description: "The task is deleted." } },
  },
  restore: {
    id: "restoreTask",
    method: "POST",
    path: "/api/tasks/{id}/restore",
    tag: "Tasks",
    summary: "Restore a deleted task",
    description:
      "The task gets back its id and times. For a task that is not deleted nothing changes, so the request can be repeated.",
    access: "tasks",
    params: taskParamsSchema,
    responses: { 200: { description: "The task.", schema: taskSchema, headers: ETAG, example: TASK } },
    errors: ["QUOTA_EXCEEDED"],
  },
  complete: {
    id: "completeTask",
    method: "PATCH",
    path: "/api/tasks/{id}/complete",
    tag: "Tasks",
    summary: "Complete a task, or toggle it",
    description:
      "With `completed` the state is set, so the request can be repeated. Without a body it is toggled.",
    access: "tasks",
    params: taskParamsSchema,
    ...CONDITIONAL,
    body: completionSchema,
    bodyOptional: true,
    bodyExamples: { set: { completed: true }, toggle: {} },
    responses: changedTask({
      ...TASK,
      completed: true,
      completed_at: "2026-11-20T18:30:00.000Z",
      updated_at: "2026-11-20T18:30:00.000Z",
      version: 2,
    }),
  },
} satisfies Record<string, Operation>;
