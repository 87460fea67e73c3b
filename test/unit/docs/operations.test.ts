import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { envSchema } from "#app/env/schema.server.ts";
import { STATUS } from "#app/http/responses/status.ts";

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

it.each(["docs/api.md", "docs/operations/errors.md"])(
  "%s describes each error code with its status",
  (path) => {
    const rows = [...read(path).matchAll(/^\| ([A-Z_]+) \| (\d{3}) \| \S.* \|$/gm)];
    expect(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))).toEqual(STATUS);
  },
);

it("docs/configuration.md and .env.example name each variable", () => {
  const { NODE_ENV: _, ...variables } = envSchema.shape;
  const table = [...read("docs/configuration.md").matchAll(/^\| (`[A-Z_`, ]+`) \|/gm)].join();
  const example = [...read(".env.example").matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => name);
  for (const name of Object.keys(variables)) {
    expect(table, name).toContain(`\`${name}\``);
    expect(example).toContain(name);
  }
});

it("the alerts of docs/operations/monitoring.md use metrics that exist", () => {
  const [, yaml = ""] = /```yaml\n(groups:.*?)```/s.exec(read("docs/operations/monitoring.md")) ?? [];
  const [{ rules }] = parse(yaml).groups;
  const sources = ["app/storage-metrics.server.ts", "app/http/observability/metrics.server.ts"]
    .map(read)
    .join();
  const used = rules.flatMap(
    ({ expr }: { expr: string }) => expr.match(/tock_\w+?(?=_count|_bucket|\b)/g) ?? [],
  );
  expect(used.length).toBeGreaterThan(0);
  for (const metric of used) expect(sources).toContain(`"${metric}"`);
});
