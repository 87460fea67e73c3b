import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { generateClientTypes } from "../../../../docs/api-client/generate.ts";
import packageJson from "../../../../package.json" with { type: "json" };

it("docs/api-client/schema.d.ts is up to date (npm run api:types)", async () => {
  const file = new URL("../../../../docs/api-client/schema.d.ts", import.meta.url);
  expect(await readFile(file, "utf8")).toBe(await generateClientTypes());
});

it("docs/api-client/README.md names the versions of the packages that are tested", async () => {
  const text = await readFile(new URL("../../../../docs/api-client/README.md", import.meta.url), "utf8");
  const { devDependencies } = packageJson;
  for (const name of ["openapi-fetch", "openapi-typescript"] as const)
    expect(text).toContain(`${name}@${devDependencies[name]}`);
});
