import { describe, expect, it } from "vitest";
import { wordsFor } from "#app/http/error-words.server.ts";
import { STATUS } from "#app/http/status.ts";

describe("an error page", () => {
  const statuses = [...new Set(Object.values(STATUS))];

  // A form that needs another look is shown again, and never becomes an error page.
  it.each(statuses.filter((status) => status < 500 && status !== 422))("has words for %i", (status) => {
    expect(wordsFor(status)?.title).toBeTruthy();
  });

  it("has no two titles alike, and none for what is our own fault", () => {
    const titles = statuses.map((status) => wordsFor(status)?.title).filter((title) => title !== undefined);
    expect(new Set(titles).size).toBe(titles.length);
    expect(wordsFor(500)).toBeUndefined();
  });
});
