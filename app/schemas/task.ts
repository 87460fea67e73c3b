import { z } from "zod";
import { DESCRIPTION_MAX, PASTED_LINES_MAX, SEARCH_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { descriptionProblem, titleProblem } from "#app/rules/task-rules.ts";
import { countCharacters, VISIBLE_CHARACTER } from "#app/rules/text-rules.ts";
import { isoTime } from "./iso-time.ts";
import { matchesRule, STORABLE_PATTERN, text, VISIBLE_PATTERN } from "./text.ts";

export const PAGE_LIMIT_DEFAULT = 20;
const PAGE_LIMIT_MAX = 100;

/** A task in API responses and on pages. Times are ISO 8601 UTC with milliseconds. */
export const taskSchema = z.strictObject({
  id: z.int().min(1),
  user_id: z.uuid(),
  title: z.string().min(1).max(TITLE_MAX),
  description: z.string().min(1).max(DESCRIPTION_MAX).nullable(),
  completed: z.boolean(),
  completed_at: isoTime
    .nullable()
    .meta({ description: "When the task became completed; null while it is open." }),
  created_at: isoTime,
  updated_at: isoTime,
  version: z.int().min(1).meta({ description: "Grows with each change. The ETag of the task has it too." }),
  deleted_at: isoTime.optional().meta({ description: "Only in the trash." }),
});
export type Task = z.output<typeof taskSchema>;

/** One page of tasks, newest first. */
export const taskPageSchema = z.strictObject({
  data: z.array(taskSchema),
  pagination: z.strictObject({
    page: z.int().min(1),
    limit: z.int().min(1).max(PAGE_LIMIT_MAX),
    total: z.int().min(0),
    pages: z.int().min(0),
  }),
});
export type TaskPage = z.output<typeof taskPageSchema>;

/** The fields of a task that the dashboard shows. */
export type ListedTask = Omit<Task, "user_id" | "completed_at" | "updated_at" | "deleted_at">;

/** One page of the dashboard's list, newest first. */
export interface ListedTaskPage extends Pick<TaskPage, "pagination"> {
  data: ListedTask[];
}

/** A task in the trash. */
export type DeletedTask = Task & { deleted_at: string };

/** One page of the trash: the task that was deleted last comes first. */
export interface DeletedTaskPage extends Pick<TaskPage, "pagination"> {
  data: DeletedTask[];
}

/** The number of tasks per filter. */
export type TaskCounts = Record<TaskFilter, number>;

/** One page of the filtered tasks or of a search among them, and the counts of all filters. */
export interface TaskDashboard extends ListedTaskPage {
  counts: TaskCounts;
  /** Of a search: the number of its matches per filter. */
  matches: TaskCounts | null;
  show: TaskFilter;
  q: string;
}

const title = text("Title")
  .trim()
  .superRefine(matchesRule(titleProblem))
  .meta({ minLength: 1, maxLength: TITLE_MAX, pattern: VISIBLE_PATTERN });

const description = text("Description")
  .trim()
  .superRefine(matchesRule(descriptionProblem))
  .meta({
    maxLength: DESCRIPTION_MAX,
    pattern: STORABLE_PATTERN,
    description: "Empty text is stored as null.",
  })
  .nullable()
  .transform((value) => value || null);

const completed = z.boolean({ error: "Completed must be true or false." });

export const newTaskSchema = z.strictObject({ title, description: description.optional() });
/** Lines that become tasks: `lines` → their titles. */
export const pastedLinesSchema = z.strictObject({
  lines: z
    .string()
    // One more than the limit, so that it is exceeded, and the others are not checked.
    .transform((lines) => lines.split("\n", PASTED_LINES_MAX + 1))
    .pipe(z.array(title).max(PASTED_LINES_MAX, `Paste at most ${PASTED_LINES_MAX} lines at a time.`)),
});
export const taskChangesSchema = z
  .strictObject({ title, description, completed })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, {
    error: "Send at least one of title, description and completed.",
  })
  .meta({ minProperties: 1 });
/** Task changes from a form: an unchecked checkbox sends nothing. */
export const taskFormSchema = z.preprocess(
  (fields) => ({ ...(fields as object), completed: (fields as { completed?: string }).completed === "true" }),
  taskChangesSchema,
);
/** Task changes from a form without the checkbox. */
export const taskTextSchema = z.strictObject({ title, description });
/** The body of `PATCH /api/tasks/{id}/complete`: without `completed` it toggles the state. */
export const completionSchema = z.strictObject({ completed }).partial();

const wholeNumber = (label: string, max: number) =>
  z
    .string()
    .regex(/^[0-9]{1,16}$/, `${label} must be a whole number.`)
    .transform(Number)
    .refine((value) => value >= 1 && value <= max, { error: `${label} must be between 1 and ${max}.` })
    .meta({ type: "integer", minimum: 1, maximum: max });

/** The row offset of a later page would exceed a safe integer. */
const PAGE_MAX = Math.floor(Number.MAX_SAFE_INTEGER / PAGE_LIMIT_MAX);
const page = wholeNumber("Page", PAGE_MAX).default(1).meta({ default: 1 });

const searchText = text("The text")
  .trim()
  .refine((value) => VISIBLE_CHARACTER.test(value) && countCharacters(value) <= SEARCH_MAX, {
    error: `Search for 1 to ${SEARCH_MAX} characters, or leave q out.`,
  })
  .meta({
    minLength: 1,
    maxLength: SEARCH_MAX,
    pattern: VISIBLE_PATTERN,
    description: "Only tasks whose title or description contains this text, in any case.",
  });

const trueOrFalse = (label: string, description: string) =>
  z
    .enum(["true", "false"], { error: `${label} must be true or false.` })
    .transform((value) => value === "true")
    .meta({ type: "boolean", description })
    .optional();

export const taskQuerySchema = z
  .strictObject({
    page,
    limit: wholeNumber("Limit", PAGE_LIMIT_MAX)
      .default(PAGE_LIMIT_DEFAULT)
      .meta({ default: PAGE_LIMIT_DEFAULT }),
    completed: trueOrFalse("Completed", "Only completed, or only open tasks."),
    q: searchText.optional(),
    deleted: trueOrFalse("Deleted", "The deleted tasks instead, the one that was deleted last first."),
  })
  .superRefine(({ deleted, ...query }, context) => {
    for (const filter of ["completed", "q"] as const)
      if (deleted && query[filter] !== undefined)
        context.addIssue({
          code: "custom",
          path: [filter],
          message: `Deleted tasks cannot be filtered. Leave out ${filter}, or deleted.`,
        });
  });
/** A page of the tasks that are not deleted. */
export type TaskQuery = Omit<z.output<typeof taskQuerySchema>, "deleted">;

const TASK_FILTERS = ["open", "done", "all"] as const;
export type TaskFilter = (typeof TASK_FILTERS)[number];

/** The trash's query string. */
export const trashQuerySchema = z.object({ page: page.catch(1) });

/** The dashboard's query string. Invalid values fall back to the first page of all open tasks. */
export const dashboardQuerySchema = z.object({
  page: page.catch(1),
  show: z.enum(TASK_FILTERS).catch("open"),
  /** The searched text; "" without a search. */
  q: searchText.catch(""),
});

export type DashboardQuery = z.output<typeof dashboardQuerySchema>;

const taskId = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/)
  .transform(Number)
  .refine(Number.isSafeInteger)
  .meta({ type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

export const taskParamsSchema = z.object({ id: taskId });

/** The query of `DELETE /api/tasks/{id}`. Other parameters are ignored, as they were before it had one. */
export const taskDeletionQuerySchema = z.object({
  permanent: trueOrFalse("Permanent", "Erase the task, also if it is deleted already."),
});

export type NewTask = z.output<typeof newTaskSchema>;
export type TaskChanges = z.output<typeof taskChangesSchema>;
