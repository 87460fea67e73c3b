import { z } from "zod";
import { descriptionProblem, titleProblem } from "#app/rules/task-rules.ts";
import { matchesRule, text } from "./text.ts";

export const PAGE_LIMIT_DEFAULT = 20;
export const PAGE_LIMIT_MAX = 100;

/** What the JSON API and the pages show of a task. `created_at` and `updated_at` are ISO 8601 UTC with milliseconds. */
export interface Task {
  id: number;
  user_id: string;
  title: string;
  description: string | null;
  completed: boolean;
  created_at: string;
  updated_at: string;
}

/** One page of tasks, newest first, and how many there are in all. */
export interface TaskPage {
  data: Task[];
  pagination: { page: number; limit: number; total: number; pages: number };
}

/** How many tasks there are of each kind. */
export type TaskCounts = Record<TaskFilter, number>;

/** What the dashboard shows: a page of one kind of tasks, and how many there are of each. */
export interface TaskDashboard extends TaskPage {
  counts: TaskCounts;
  show: TaskFilter;
}

const title = text("Title").trim().superRefine(matchesRule(titleProblem));

const description = text("Description")
  .trim()
  .superRefine(matchesRule(descriptionProblem))
  .nullable()
  .transform((value) => value || null);

const completed = z.boolean({ error: "Completed must be true or false." });

export const newTaskSchema = z.strictObject({ title, description: description.optional() });
export const taskChangesSchema = z
  .strictObject({ title, description, completed })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, {
    error: "Send at least one of title, description and completed.",
  });
/** The same from a form, whose checkbox sends its value or nothing at all. */
export const taskFormSchema = z.preprocess(
  (fields) => ({ ...(fields as object), completed: (fields as { completed?: string }).completed === "true" }),
  taskChangesSchema,
);
/** The same from a form that leaves the state alone. */
export const taskTextSchema = z.strictObject({ title, description });
/** The body of "complete": nothing toggles, `completed` sets and is safe to repeat. */
export const completionSchema = z.strictObject({ completed }).partial();

const wholeNumber = (label: string, most: number) =>
  z
    .string()
    .regex(/^[0-9]{1,16}$/, `${label} must be a whole number.`)
    .transform(Number)
    .refine((value) => value >= 1 && value <= most, { error: `${label} must be between 1 and ${most}.` });

/** The furthest page that may be asked for: beyond it the row offset would leave PostgreSQL's bigint. */
const PAGE_MAX = Math.floor(Number.MAX_SAFE_INTEGER / PAGE_LIMIT_MAX);
const page = wholeNumber("Page", PAGE_MAX).default(1);

export const taskQuerySchema = z.strictObject({
  page,
  limit: wholeNumber("Limit", PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  completed: z
    .enum(["true", "false"], { error: "Completed must be true or false." })
    .transform((value) => value === "true")
    .optional(),
});
export type TaskQuery = z.output<typeof taskQuerySchema>;

export const TASK_FILTERS = ["all", "open", "done"] as const;
export type TaskFilter = (typeof TASK_FILTERS)[number];

/** The dashboard's address. A page is for people: a value that makes no sense shows the first page of everything. */
export const dashboardQuerySchema = z.object({
  page: page.catch(1),
  show: z.enum(TASK_FILTERS).catch("all"),
});

export type DashboardQuery = z.output<typeof dashboardQuerySchema>;

const taskId = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/)
  .transform(Number)
  .refine(Number.isSafeInteger);

/** The path of one task. */
export const taskParamsSchema = z.object({ id: taskId });

export type NewTask = z.output<typeof newTaskSchema>;
export type TaskChanges = z.output<typeof taskChangesSchema>;
