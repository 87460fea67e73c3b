/*
 * Import rules between the layers of the application. Each layer lists the layers and packages it may import; every
 * other import fails `npm test`.
 */
const { readFileSync } = require("node:fs");

const layer = (...names) => names.map((name) => `^app/${name}/`);
const packages = (...names) => names.map((name) => `(^|/)node_modules/${name}/`);

const ERRORS = "^app/errors\\.ts$";
const ENV = "^app/env\\.server\\.ts$";
const LOG = "^app/log\\.server\\.ts$";
const STYLES = "^app/styles\\.css$";
const NODE = "^(node:)?[a-z_/]+$";

/** The packages in the table of SECURITY.md. Most are devDependencies, because the build bundles them. */
const [, table] = readFileSync(".github/SECURITY.md", "utf8").split("## Production packages");
const PRODUCTION_PACKAGES = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);

/** A rule by which files of a layer import only their own layer and what is listed. */
const only = (name, allowed, comment, exceptFiles = []) => ({
  name: `${name}-imports`,
  severity: "error",
  comment,
  from: { path: `^app/${name}/`, pathNot: exceptFiles },
  to: { pathNot: [...layer(name), ...allowed] },
});
const never = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });
/** A rule by which the folders in a folder do not import each other, directly or through others of them. */
const noFolderCycles = (folder) => ({
  name: `no-folder-cycles-in-${folder}`,
  severity: "error",
  comment: "Folders that import each other cannot be read one by one.",
  scope: "folder",
  from: { path: `^${folder}/[^/]+$` },
  to: { circular: true, viaOnly: { path: `^${folder}/[^/]+$` } },
});

const ENTRIES = [
  "^app/(server|dev)\\.ts$",
  "^app/start\\.js$",
  "^app/(root|entry\\.(client|server))\\.tsx$",
  "^app/routes/",
  "^app/cli/main\\.ts$",
];

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    only(
      "routes",
      [
        ...layer("components", "schemas", "page-data", "http", "services"),
        ERRORS,
        ...packages("@remix-run", "react", "remix-utils"),
      ],
      "A route calls services; queries and connections are below them.",
    ),
    only(
      "http",
      [
        ...layer("services", "schemas", "rules", "page-data"),
        ERRORS,
        ENV,
        LOG,
        NODE,
        STYLES,
        ...packages("@remix-run", "hono", "@hono", "prom-client", "remix-utils", "zod", "cockatiel"),
      ],
      "Code that handles Request and Response does not handle tables.",
    ),
    only(
      "components",
      [
        ...layer("schemas", "rules", "page-data"),
        ...packages("react", "react-dom", "@types/react", "@remix-run", "remix-utils"),
      ],
      "A component renders its props; it has no data access.",
    ),
    only(
      "services",
      [
        ...layer("repositories", "schemas", "rules"),
        ...[ERRORS, ENV, LOG, NODE],
        ...packages(
          "bcrypt",
          "@types/bcrypt",
          "bowser",
          "cockatiel",
          "ipaddr.js",
          "jsonwebtoken",
          "@types/jsonwebtoken",
          "nodemailer",
          "@types/nodemailer",
          "uqr",
          "zod",
        ),
      ],
      "A service decides independently of HTTP and of how rows are stored.",
    ),
    only(
      "repositories",
      [
        ...layer("models", "schemas", "rules"),
        ...["^db/", ERRORS, ENV, LOG, NODE],
        ...packages("objection", "knex", "better-auth", "@better-auth", "rate-limiter-flexible", "ioredis"),
      ],
      "Queries are independent of their callers.",
    ),
    only("models", packages("objection"), "A model describes a table and its relations."),
    only("schemas", [...layer("rules"), ...packages("zod")], "One schema serves form, action and API."),
    only(
      "rules",
      ["^virtual:common-passwords$", ...packages("@zxcvbn-ts", "vite")],
      "Field rules are plain functions, shared by browser and server.",
    ),
    only(
      "page-data",
      layer("rules"),
      "What loaders and actions send to components, in types and small parsers.",
    ),
    never(
      "components-stay-in-the-browser",
      { path: layer("components", "page-data") },
      { path: "\\.server\\.tsx?$" },
      "Server modules are not in the browser build.",
    ),
    never(
      "errors-alone",
      { path: ERRORS },
      { path: "." },
      "Every layer throws these errors, so they depend on no layer.",
    ),
    never(
      "db-below",
      { path: "^db/" },
      { path: "^app/" },
      "The database layer does not depend on the application.",
    ),
    never(
      "cli-on-top",
      { path: "^(app|db)/", pathNot: "^app/cli/" },
      { path: "^app/cli/" },
      "The command line is an entry: nothing depends on it.",
    ),
    never("no-circular", {}, { circular: true }, "Modules that import each other cannot be read one by one."),
    ...["app", "app/http", "app/components", "db"].map(noFolderCycles),
    never(
      "no-orphans",
      { orphan: true, path: "^(app|db)/", pathNot: ["\\.d\\.ts$", ...ENTRIES] },
      {},
      "No other file imports this one.",
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
      "This import does not resolve.",
    ),
    never(
      "production-without-dev-tools",
      { path: "^(app|db)/", pathNot: "^app/dev\\.ts$|/vite-plugin\\.ts$" },
      {
        dependencyTypes: ["npm", "npm-dev"],
        dependencyTypesNot: ["type-only"],
        pathNot: packages(...PRODUCTION_PACKAGES, "@types"),
      },
      "Add it to the production packages in .github/SECURITY.md, with its reason.",
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
