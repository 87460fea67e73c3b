/*
 * PostgreSQL writes the JSON of tasks itself: building it in JavaScript from rows and Dates costs more processor time
 * than the rest of a request.
 */
const ISO_TIME = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

const FIELDS = `id, user_id, title, description, completed,
  to_char(created_at at time zone 'UTC', ${ISO_TIME}) as created_at,
  to_char(updated_at at time zone 'UTC', ${ISO_TIME}) as updated_at`;

/** A scalar subquery with a `Task` as JSON, null without a row. @param from table and conditions that match one row */
export const taskJson = (from: string): string =>
  `(select row_to_json(one_task) from (select ${FIELDS} from ${from}) one_task)`;

/** A scalar subquery with a `Task[]` as JSON. @param from table, conditions and order */
export const tasksJson = (from: string): string =>
  `(select coalesce(json_agg(page_task), '[]'::json) from (select ${FIELDS} from ${from}) page_task)`;
