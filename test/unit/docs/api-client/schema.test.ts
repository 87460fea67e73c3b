import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { generateClientTypes } from "../../../../docs/api-client/generate.ts";

it("docs/api-client/schema.d.ts is up to date (npm run api:types)", async () => {
  const file = new URL("../../../../docs/api-client/schema.d.ts", import.meta.url);
  expect(await readFile(file, "utf8")).toBe(await generateClientTypes());
});
