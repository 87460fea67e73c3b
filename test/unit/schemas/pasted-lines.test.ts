import { expect, it } from "vitest";
import { PASTED_LINES_MAX } from "#app/rules/limits.ts";
import { pastedLinesSchema } from "#app/schemas/task.ts";

it("of too many pasted lines the rest is not checked, and the limit is named", () => {
  const { error } = pastedLinesSchema.safeParse({ lines: "\n".repeat(60_000) });
  const messages = error?.issues.map(({ message }) => message) ?? [];
  expect(messages).toContain(`Paste at most ${PASTED_LINES_MAX} lines at a time.`);
  expect(messages.length).toBeLessThanOrEqual(PASTED_LINES_MAX + 2);
});

it("as many pasted lines as are allowed become as many titles", () => {
  const lines = Array.from({ length: PASTED_LINES_MAX }, (_, n) => `Task ${n}`);
  expect(pastedLinesSchema.parse({ lines: lines.join("\n") }).lines).toEqual(lines);
});
