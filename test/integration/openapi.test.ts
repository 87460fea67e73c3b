import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Validator } from "@seriousme/openapi-schema-validator";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATIONS } from "#app/http/api/operations/all.server.ts";
import type { Operation } from "#app/http/api/operations/operation.server.ts";
import { type OpenApiDocument, openApiDocument } from "#app/http/openapi/document.server.ts";
import { newLinkToken } from "#app/services/one-time-tokens.server.ts";
import { planDay } from "../../docs/api-client/example.ts";
import { insertToken } from "../support/access-tokens.ts";
import { validatorOf } from "../support/api-contract.ts";
import { type GeneratedRequest, invalidBodies, OWN, requestArbitrary } from "../support/api-requests.ts";
import { type AppServer, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { builtRoutes } from "../support/built-routes.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { type MailServer, startMailApp, startMailServer } from "../support/mail-server.ts";
import { queryRows } from "../support/sql.ts";
import { codeNow, turnOnTotp } from "../support/totp.ts";
import { createUser, PASSWORD, request, type TestUser } from "../support/users.ts";

let mail: MailServer;
let app: AppServer;
let document: OpenApiDocument;
beforeAll(async () => {
  mail = await startMailServer();
  app = await startMailApp(mail, WITHOUT_COVERAGE);
  document = (await request(app.url, "GET", "/api/openapi.json")).body;
});
afterAll(async () => {
  await app?.stop();
  await mail?.close();
});

const named = OPERATIONS.map((operation) => [`${operation.method} ${operation.path}`, operation] as const);
const successStatus = ({ responses }: Operation) => Number(Object.keys(responses)[0]);

/** A path of an operation with the ids of the user's own task and session. */
async function ownPath(user: TestUser, { path }: Operation): Promise<string> {
  if (!path.includes("{id}")) return path;
  if (path.includes("sessions")) return path.replace("{id}", claimsOf(user.token).sid);
  if (path.includes("tokens")) return path.replace("{id}", (await insertToken(app, user)).id);
  const { id } = (await user.api("POST", "/api/tasks", { title: "Water the fern" })).body;
  return path.replace("{id}", id);
}

/** The bodies of operations that need a code or a token of the user, as in the examples. */
const OWN_BODIES: Record<string, (user: TestUser) => Promise<object>> = {
  confirmTotp: async (user) => {
    const { secret } = (await user.api("POST", "/api/auth/totp", { password: PASSWORD })).body;
    return { totp_code: codeNow(secret) };
  },
  renewRecoveryCodes: async (user) => ({
    password: PASSWORD,
    totp_code: (await turnOnTotp(user)).code,
  }),
  confirmPasswordReset: async (user) => {
    const { token, tokenHash } = newLinkToken();
    await queryRows(
      app.databaseUrl,
      `insert into one_time_link (token_hash, user_id, purpose, expires_at)
       values ($1, $2, 'password_reset', now() + interval '1 hour')`,
      [tokenHash, user.id],
    );
    return { token, password: "a lighthouse by the sea" };
  },
  removeTotp: async (user) => ({ password: PASSWORD, totp_code: (await turnOnTotp(user)).recoveryCodes[0] }),
};

describe("GET /api/openapi.json", () => {
  it("is a valid OpenAPI 3.1 document, the same as the tests validate against", async () => {
    const result = await new Validator().validate({ ...document });
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });

  it("describes every route and method of the API, and no other", async () => {
    const routes = (await builtRoutes(app.url)).filter(({ path }) => /^\/(api|health)\b/.test(path));
    const served: string[] = [];
    for (const { path } of routes.filter(({ path }) => !path.endsWith("*"))) {
      const template = path.replace(/:(\w+)/g, "{$1}");
      const response = await request(app.url, "OPTIONS", path.replace(/:\w+/g, "1"));
      const allowed = response.headers.get("Allow")?.split(", ") ?? [];
      served.push(...allowed.filter((method) => method !== "HEAD").map((method) => `${method} ${template}`));
    }
    expect(served.sort()).toEqual(named.map(([name]) => name).sort());
  });

  it("has a unique id and an example for each operation, and each response example fits its schema", () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operationId, requestBody, responses } of operations) {
      const media = requestBody?.content["application/json"];
      if (media) expect(Object.keys(media.examples ?? {}).length, operationId).toBeGreaterThan(0);
      for (const { content } of Object.values(responses)) {
        const { schema, example } = content?.["application/json"] ?? {};
        if (!schema || example === undefined) continue;
        const validate = validatorOf(schema);
        expect(validate(example) ? [] : validate.errors, operationId).toEqual([]);
      }
    }
  });
});

it("names the scope of a personal access token for operations on tasks only", () => {
  const scopes = OPERATIONS.map(({ path, method, access }) => {
    const { security = [] } = document.paths[path]?.[method.toLowerCase()] ?? {};
    const needed = security.flatMap(({ accessToken }) => accessToken ?? []);
    const expected = access === "tasks" ? [method === "GET" ? "tasks:read" : "tasks:write"] : [];
    expect(needed, `${method} ${path}`).toEqual(expected);
    return needed;
  });
  expect(new Set(scopes.flat()).size).toBe(2);
  expect(document.components.securitySchemes).toHaveProperty("accessToken");
});

describe("the examples of the API description succeed", () => {
  const examples = OPERATIONS.flatMap((operation) =>
    Object.entries(operation.bodyExamples ?? { "no body": undefined }).map(
      ([name, body]) => [operation.method, operation.path, name, operation, body] as const,
    ),
  );

  it.each(examples)("%s %s, %s", async (method, _path, _name, operation, body) => {
    const schema =
      document.paths[operation.path]?.[method.toLowerCase()]?.requestBody?.content["application/json"].schema;
    if (schema) expect(validatorOf(schema)(body)).toBe(true);
    const user = await createUser(app);
    const path = await ownPath(user, operation);
    const send = operation.access === "public" ? request.bind(null, app.url) : undefined;
    const sent = (await OWN_BODIES[operation.id]?.(user)) ?? body;
    const response = send ? await send(method, path, { body: sent }) : await user.api(method, path, sent);
    expect(`${response.status} ${response.text}`).toMatch(new RegExp(`^${successStatus(operation)} `));
  });
});

describe("the header examples of the API description succeed", () => {
  const examples = OPERATIONS.flatMap((operation) =>
    Object.entries(operation.headerExamples ?? {}).map(
      ([name, value]) => [operation.method, operation.path, name, operation, value] as const,
    ),
  );

  it.each(examples)("%s %s, %s", async (method, _path, name, operation, value) => {
    const described = document.paths[operation.path]?.[method.toLowerCase()]?.parameters ?? [];
    expect(described).toContainEqual(
      expect.objectContaining({ name, in: "header", required: false, example: value }),
    );
    const user = await createUser(app);
    const headers = { Authorization: `Bearer ${user.token}`, [name]: value };
    const [body] = Object.values(operation.bodyExamples ?? {});
    const path = await ownPath(user, operation);
    const { status } = await request(app.url, method, path, { headers, body });
    expect([successStatus(operation), 304]).toContain(status);
    expect(Object.keys(operation.responses)).toContain(String(status));
  });

  it("are those of every header parameter", () => {
    const parameters = Object.values(document.paths)
      .flatMap((path) => Object.values(path))
      .flatMap((operation) => operation.parameters ?? [])
      .filter((parameter) => parameter.in === "header");
    expect(parameters).toHaveLength(examples.length);
    expect(examples.length).toBeGreaterThanOrEqual(5);
  });
});

it("/docs/api shows every operation in its HTML, with a command and a response", async () => {
  const page = (await request(app.url, "GET", "/docs/api")).text.replace(/<script.*?<\/script>/gs, "");
  for (const { summary, id } of OPERATIONS) {
    expect(page).toContain(summary);
    expect(page).toContain(`href="#${id}"`);
    expect(page).toContain(`id="${id}"`);
  }
  for (const text of ["curl -X POST $TOCK/api/tasks", "VALIDATION_ERROR", "/api/openapi.json"])
    expect(page).toContain(text);
});

describe("the example client", () => {
  const TITLES = ["Water the fern", "Call Maud"];

  it.each([
    ["the token of a sign-in", async (user: TestUser) => user.token],
    ["a personal access token", async (user: TestUser) => (await insertToken(app, user)).text],
  ])("creates, completes and lists tasks with %s", async (_, tokenOf) => {
    const token = await tokenOf(await createUser(app));
    expect(await planDay(app.url, token, TITLES)).toEqual(["Call Maud"]);
    await expect(planDay(app.url, token, [""])).rejects.toThrow("Some fields aren't valid.");
  });

  it("reports that a task could not be completed", async () => {
    const { token } = await createUser(app);
    const { fetch } = globalThis;
    globalThis.fetch = (input, init) =>
      input instanceof Request && input.method === "PATCH"
        ? fetch(new Request(`${app.url}/api/tasks/0/complete`, input), init)
        : fetch(input, init);
    try {
      await expect(planDay(app.url, token, TITLES)).rejects.toThrow("Nothing was found at this address.");
    } finally {
      globalThis.fetch = fetch;
    }
  });

  it("runs with TOCK_URL and TOCK_TOKEN", async () => {
    const { text } = await insertToken(app, await createUser(app));
    const program = fileURLToPath(new URL("../../docs/api-client/example.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", program, ...TITLES], {
      env: { PATH: process.env.PATH, NODE_ENV: "test", TOCK_URL: app.url, TOCK_TOKEN: text },
    });
    expect(stdout).toBe("Call Maud\n");
  });
});

/** How often each operation is called with generated values. */
const RUNS = 25;

/** The bodies with which the user's own request succeeds, where the example does not. */
const SUCCEEDING_BODIES: typeof OWN_BODIES = {
  ...OWN_BODIES,
  signUp: async () => ({ email: `${randomUUID()}@example.org`, name: "Ada", password: PASSWORD }),
  signIn: async ({ email }) => ({ email, password: PASSWORD }),
};

/** Replaces OWN by what succeeds for this user. */
async function prepareRequest(
  operation: Operation,
  { query, body, id, ...rest }: GeneratedRequest,
  user: TestUser,
) {
  const [example] = Object.values(operation.bodyExamples ?? {});
  const path =
    id === OWN ? await ownPath(user, operation) : operation.path.replace("{id}", encodeURIComponent(id));
  const ownBody = async () => (await SUCCEEDING_BODIES[operation.id]?.(user)) ?? example;
  return { ...rest, path: path + query, body: body === OWN ? await ownBody() : body };
}

describe("generated requests get a documented answer", () => {
  it.each(named)("%s", async (_, operation) => {
    let user = await createUser(app);
    let successes = 0;
    const { method } = operation;
    await fc.assert(
      fc.asyncProperty(requestArbitrary(operation, document), async (generated) => {
        const { path, headers: optional, body, as } = await prepareRequest(operation, generated, user);
        const headers = { ...optional, ...(as === "user" && { Authorization: `Bearer ${user.token}` }) };
        // request() compares the response with the description.
        const response = await request(app.url, method, path, { headers, body: JSON.stringify(body) });
        expect(response.status).not.toBe(500);
        if (response.status < 300) successes++;
        // The preparation or a success may have ended the session, or changed the password or the second factor.
        if (generated.body === OWN || (response.status < 300 && method !== "GET"))
          user = await createUser(app);
      }),
      {
        seed: 1,
        numRuns: RUNS + 1,
        examples: [[{ query: "", headers: {}, body: OWN, id: OWN, as: "user" }]],
      },
    );
    expect(successes).toBeGreaterThan(0);
  });
});

describe("bodies that the description forbids are rejected with 422", () => {
  it.each(named.filter(([, { body }]) => body))("%s", async (_, operation) => {
    const user = await createUser(app);
    const path = await ownPath(user, operation);
    for (const body of invalidBodies(operation, document)) {
      const response = await user.api(operation.method, path, body);
      expect(`${response.status} for ${JSON.stringify(body)?.slice(0, 200)}`).toMatch(/^422 /);
    }
  });
});
