import { describe, expect, it } from "vitest";
import { errorCopy } from "#app/http/responses/error-copy.server.ts";
import { STATUS } from "#app/http/responses/status.ts";

describe("errorCopy", () => {
  const statuses = [...new Set(Object.values(STATUS))];

  // VALIDATION_ERROR (422) shows the form again and never becomes an error page.
  it.each(statuses.filter((status) => status < 500 && status !== 422))(
    "returns a text for status %i",
    (status) => {
      expect(errorCopy(status)?.title).toBeTruthy();
    },
  );

  it("returns a different title for each status, and none for a server error", () => {
    const titles = statuses.map((status) => errorCopy(status)?.title).filter((title) => title !== undefined);
    expect(new Set(titles).size).toBe(titles.length);
    expect(errorCopy(500)).toBeUndefined();
  });
});
