import { DESCRIPTION_MAX, TITLE_MAX } from "./limits.ts";
import { lengthProblem, type Rule, VISIBLE_CHARACTER } from "./text-rules.ts";

export const titleProblem: Rule = (value) =>
  VISIBLE_CHARACTER.test(value) ? lengthProblem(value.trim(), TITLE_MAX) : "Write what you want to do.";

export const descriptionProblem: Rule = (value) => lengthProblem(value.trim(), DESCRIPTION_MAX);

/** The rules of the task form, by field. */
export const TASK_RULES = { title: titleProblem, description: descriptionProblem };
