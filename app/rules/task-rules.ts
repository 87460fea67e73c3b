import { DESCRIPTION_MAX, TITLE_MAX } from "./limits.ts";
import { lengthProblem, type Rule, VISIBLE_CHARACTER } from "./text-rules.ts";

export const titleProblem: Rule = (value) =>
  VISIBLE_CHARACTER.test(value)
    ? lengthProblem(value.trim(), TITLE_MAX, "Title")
    : "Title is required: say in a few words what is to be done.";

export const descriptionProblem: Rule = (value) =>
  lengthProblem(value.trim(), DESCRIPTION_MAX, "Description");

/** Of a form that writes or changes a task. */
export const TASK_RULES = { title: titleProblem, description: descriptionProblem };
