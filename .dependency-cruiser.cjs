/*
 * Import rules between the layers of the application. Each layer lists the layers and packages it may import; every
 * other import fails `npm test`.
 */
const layer = (...names) => names.map((name) => `^app/${name}/`);
const packages = (...names) => names.map((name) => `(^|/)node_modules/${name}/`);

const ERRORS = "^app/errors\\.ts$";
const ENV = "^app/env\\.server\\.ts$";
const LOG = "^app/log\\.server\\.ts$";
const NODE = "^(node:)?[a-z_/]+$";

/** @returns a rule that a layer imports only what is listed */
const only = (name, allowed, comment, exceptFiles = []) => ({
  name: `${name}-imports`,
  severity: "error",
  comment,
  from: { path: `^app/${name}/`, pathNot: exceptFiles },
  to: { pathNot: [...layer(name), ...allowed] },
});
const never = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });

const ENTRIES = [
  "^app/(server|dev)\\.ts$",
  "^app/start\\.js$",
  "^app/(root|entry\\.(client|server))\\.tsx$",
  "^app/routes/",
  "^db/cli\\.ts$",
];

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    only(
      "routes",
      [
        ...layer("components", "schemas", "http", "services"),
        ERRORS,
        ...packages("@remix-run", "react", "remix-utils"),
      ],
      "A route asks a service; queries and connections are below it.",
    ),
    only(
      "http",
      [
        ...layer("services", "schemas"),
        ERRORS,
        ENV,
        LOG,
        NODE,
        ...packages("@remix-run", "hono", "@hono", "remix-utils", "zod"),
      ],
      "What knows Request and Response knows no tables.",
    ),
    only(
      "components",
      [
        ...layer("schemas"),
        "^virtual:common-passwords$",
        ...packages("react", "react-dom", "@types/react", "@remix-run", "remix-utils"),
      ],
      "A component shows what it is given.",
    ),
    only(
      "services",
      [
        ...layer("repositories", "schemas"),
        ...[ERRORS, ENV, LOG, NODE],
        ...packages(
          "better-auth",
          "@better-auth",
          "bcrypt",
          "@types/bcrypt",
          "cockatiel",
          "jsonwebtoken",
          "@types/jsonwebtoken",
          "zod",
          "@zxcvbn-ts",
        ),
      ],
      "A rule holds whoever asks, and however rows are kept.",
    ),
    only(
      "repositories",
      [
        ...layer("models", "schemas"),
        ...["^db/", ERRORS, LOG, NODE],
        ...packages("objection", "knex", "better-auth", "@better-auth", "rate-limiter-flexible", "ioredis"),
      ],
      "Queries know nothing of those who ask.",
    ),
    only("models", packages("objection"), "A model is a table and its relations."),
    only("schemas", packages("zod"), "One schema serves form, action and API, in the browser too."),
    never(
      "components-stay-in-the-browser",
      { path: layer("components") },
      { path: "\\.server\\.tsx?$" },
      "The browser has none of it.",
    ),
    never("errors-alone", { path: ERRORS }, { path: "." }, "Every layer throws these."),
    never(
      "db-below",
      { path: "^db/", pathNot: "^db/(cli|seed)" },
      { path: "^app/" },
      "The database layer knows no application.",
    ),
    never("no-circles", {}, { circular: true }, "A circle has no bottom to start reading from."),
    never(
      "no-orphans",
      { orphan: true, path: "^(app|db)/", pathNot: ["\\.d\\.ts$", ...ENTRIES] },
      {},
      "Nobody uses this file.",
    ),
    never(
      "no-undeclared",
      {},
      { dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown", "undetermined"], pathNot: "^virtual:" },
      "Declare it in package.json.",
    ),
    never(
      "not-resolvable",
      {},
      { couldNotResolve: true, pathNot: "^virtual:" },
      "This import leads nowhere.",
    ),
    never(
      "production-without-dev-tools",
      { path: "^(app|db)/", pathNot: "^app/dev\\.ts$|^db/(cli|seed)" },
      { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
      "The image has no devDependencies.",
    ),
    never(
      "no-tests-in-app",
      { path: "^(app|db)/" },
      { path: "^(test|docs)/" },
      "Tests and tools depend on the application, not the other way round.",
    ),
    never(
      "no-tests-in-tools",
      { path: "^docs/" },
      { path: "^test/" },
      "Tools start and call the application as a user does, without test helpers.",
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
    exclude: { path: "^(build|coverage)/" },
  },
};
