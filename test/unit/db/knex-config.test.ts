import pg from "pg";
import { expect, it } from "vitest";
import { withFullVerification } from "#db/knex-config.ts";

const LOCAL = "postgresql://tock:hush@db.example.org/tock";

it.each(["prefer", "require", "verify-ca", "verify-full"])(
  "sslmode=%s verifies the certificate and the host name, without a warning of pg",
  async (mode) => {
    const warnings: Error[] = [];
    const listener = (warning: Error) => warnings.push(warning);
    process.on("warning", listener);
    const url = withFullVerification(`${LOCAL}?application_name=a&sslmode=${mode}&channel_binding=require`);
    const client = new pg.Client({ connectionString: url });
    // Node emits warnings with process.nextTick.
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", listener);
    expect(warnings).toEqual([]);
    // Without further options Node verifies both.
    expect(client.ssl).toEqual({});
    expect(url).toBe(`${LOCAL}?application_name=a&sslmode=verify-full&channel_binding=require`);
  },
);

it.each([
  LOCAL,
  `${LOCAL}?sslmode=disable`,
  `${LOCAL}?sslmode=no-verify`,
  "postgresql://tock&sslmode=require&@localhost/tock",
  `${LOCAL}?options=-c%20a&sslmode=requires`,
])("%s remains unchanged", (url) => {
  expect(withFullVerification(url)).toBe(url);
});
