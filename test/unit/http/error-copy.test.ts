import { describe, expect, it } from "vitest";
import { errorCopy } from "#app/http/pages/error-copy.server.ts";
import { STATUS } from "#app/http/responses/status.ts";

describe("an error page", () => {
  const statuses = [...new Set(Object.values(STATUS))];

  // A form that needs another look is shown again, and never becomes an error page.
  it.each(statuses.filter((status) => status < 500 && status !== 422))("has words for %i", (status) => {
    expect(errorCopy(status)?.title).toBeTruthy();
  });

  it("has no two titles alike, and none for what is our own fault", () => {
    const titles = statuses.map((status) => errorCopy(status)?.title).filter((title) => title !== undefined);
    expect(new Set(titles).size).toBe(titles.length);
    expect(errorCopy(500)).toBeUndefined();
  });
});
