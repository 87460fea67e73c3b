import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { envSchema } from "#app/env/schema.server.ts";
import { parseCliEnv, parseEnv } from "#app/env.server.ts";

const TEXT = readFileSync(new URL("../../compose.yaml", import.meta.url), "utf8");

interface Service {
  image: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  healthcheck?: { test?: string[] };
  ports?: string[];
  environment?: Record<string, string>;
}
const services: Record<string, Service> = parse(TEXT, { merge: true }).services;

/** Each variable of the file with what follows its name, such as `:?message`. */
const VARIABLE = /\$\{(\w+)([^}]*)\}/g;
const variables = [...TEXT.matchAll(VARIABLE)].map(([, name = "", rest = ""]) => ({ name, rest }));
/** The environment as Compose passes it with an .env file as the manual describes. */
const environmentOf = (name: string) =>
  Object.fromEntries(
    Object.entries(services[name]?.environment ?? {}).map(([key, value]) => [
      key,
      value.replace(VARIABLE, (_, variable) => sampleOf(variable)),
    ]),
  );
function sampleOf(variable: string): string {
  if (variable === "TOCK_SITE") return "tock.example.org";
  return `${variable.toLowerCase().replaceAll("_", "-")}-0123456789abcdef0123456789`;
}

describe("compose.yaml", () => {
  it.each(["tock-1", "tock-2"])("%s gets a valid environment, without the owner of the tables", (name) => {
    const environment = environmentOf(name);
    expect(parseEnv(environment)).toMatchObject({ APP_URL: "https://tock.example.org", TRUST_PROXY: 1 });
    expect(Object.keys(environment).filter((key) => !(key in envSchema.shape))).toEqual([]);
    expect(JSON.stringify(environment)).not.toContain("owner");
    expect(new URL(environment.DATABASE_URL ?? "").username).toBe("tock_app");
  });

  it("migrates as the owner of the tables", () => {
    const { MIGRATION_DATABASE_URL = "", DATABASE_URL } = parseCliEnv(environmentOf("migrate"));
    expect(new URL(MIGRATION_DATABASE_URL).username).toBe("tock_owner");
    expect(new URL(MIGRATION_DATABASE_URL).pathname).toBe(new URL(DATABASE_URL ?? "").pathname);
  });

  it("names each missing secret with what to do, and contains none", () => {
    const explained = variables
      .filter(({ rest }) => rest.startsWith(":?set it in .env"))
      .map(({ name }) => name);
    for (const { name } of variables) if (name !== "TOCK_IMAGE") expect(explained).toContain(name);
    for (const { environment = {} } of Object.values(services))
      for (const [key, value] of Object.entries(environment))
        if (/SECRET|PASSWORD|TOKEN/.test(key)) expect(value, key).toMatch(/^\$\{\w+/);
  });

  it.each(Object.keys(services))(
    "%s runs without root and capabilities, read-only, with a health check unless it ends by itself",
    (name) => {
      const { user, read_only, cap_drop, healthcheck, ports, image } = services[name] as Service;
      expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect([read_only, cap_drop]).toEqual([true, ["ALL"]]);
      expect(healthcheck?.test !== undefined).toBe(name !== "migrate");
      expect(ports !== undefined).toBe(name === "caddy");
      expect(image).toMatch(/@sha256:[0-9a-f]{64}$|^valkey\/valkey:\d+\.\d+-alpine$|^\$\{TOCK_IMAGE/);
    },
  );
});
