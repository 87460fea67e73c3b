import { DESCRIPTION_MAX, TITLE_MAX } from "./limits.ts";
import { type Rule, tooLong, VISIBLE } from "./rules.ts";

export const titleProblem: Rule = (value) =>
  VISIBLE.test(value)
    ? tooLong(value.trim(), TITLE_MAX, "Title")
    : "Title is required: say in a few words what is to be done.";

export const descriptionProblem: Rule = (value) => tooLong(value.trim(), DESCRIPTION_MAX, "Description");

/** Of a form that writes or changes a task. */
export const TASK_RULES = { title: titleProblem, description: descriptionProblem };
