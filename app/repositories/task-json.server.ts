/*
 * PostgreSQL writes the JSON of tasks itself: building it in JavaScript from rows and Dates costs more processor time
 * than the rest of a request.
 */
const ISO_TIME = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

const isoTime = (column: string) => `to_char(${column} at time zone 'UTC', ${ISO_TIME}) as ${column}`;

const TASK_TIMES = ["completed_at", "created_at", "updated_at"].map(isoTime).join(", ");
const TASK_FIELDS = `id, user_id, title, description, completed, ${TASK_TIMES}, version`;
const LISTED_TASK_FIELDS = `id, title, description, completed, ${isoTime("created_at")}, version`;

const DELETED_TASK_FIELDS = `${TASK_FIELDS}, ${isoTime("deleted_at")}`;

const oneJson = (fields: string, from: string) =>
  `(select row_to_json(one_task) from (select ${fields} from ${from}) one_task)`;
const listJson = (fields: string, from: string) =>
  `(select coalesce(json_agg(page_task), '[]'::json) from (select ${fields} from ${from}) page_task)`;

/** A scalar subquery with a `Task` as JSON, null without a row. @param from table and conditions that match one row */
export const taskJson = (from: string): string => oneJson(TASK_FIELDS, from);

/** The text of `taskJson`. */
export const taskText = (from: string): string => `${taskJson(from)}::text`;

/** A scalar subquery with a `Task[]` as JSON. @param from table, conditions and order */
export const tasksJson = (from: string): string => listJson(TASK_FIELDS, from);

/** As `taskJson`, with `deleted_at`. @param from `deleted_task` and conditions that match one row */
export const deletedTaskJson = (from: string): string => oneJson(DELETED_TASK_FIELDS, from);

/** As `tasksJson`, with `deleted_at`. @param from `deleted_task`, conditions and order */
export const deletedTasksJson = (from: string): string => listJson(DELETED_TASK_FIELDS, from);

/** A scalar subquery with a `ListedTask[]` as JSON. @param from table, conditions and order */
export const listedTasksJson = (from: string): string => listJson(LISTED_TASK_FIELDS, from);

/** The times by which lists are ordered, newest first. */
export type TaskTime = "created_at" | "completed_at";

/**
 * SQL of the tasks with the given ids, newest first. The limit of one row keeps PostgreSQL from joining with a scan of all
 * tasks, because it does not know how few ids there are.
 * @param pageIds a query of the ids as `page_id`
 */
export const tasksInOrder = (pageIds: string, time: TaskTime): string => `(${pageIds}) page_ids
  cross join lateral (select * from task where task.id = page_id limit 1) task
  order by task.${time} desc, task.id desc`;
