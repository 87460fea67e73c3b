/**
 * Who may import whom: the table of the README, held on every test run.
 * @type {import("dependency-cruiser").IConfiguration}
 */
const layer = (name) => `^app/${name}/`;
const DATA_LAYERS = [layer("repositories"), layer("models"), "^db/"];
const PAGES_ONLY = "^app/(root|entry\\.(client|server))\\.tsx$";

const never = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });

module.exports = {
  forbidden: [
    never("no-circles", {}, { circular: true }, "A circle has no bottom to start reading from."),
    never(
      "no-orphans",
      {
        orphan: true,
        pathNot: [
          "\\.d\\.ts$",
          "^app/(server|dev)\\.ts$",
          "^app/start\\.js$",
          "^db/cli\\.ts$",
          "^app/routes/",
          PAGES_ONLY,
          "^app/models/",
          "^test/",
          "\\.config\\.(ts|js)$",
        ],
      },
      {},
      "Nobody uses this file.",
    ),
    never(
      "routes-through-services",
      { path: layer("routes") },
      { path: DATA_LAYERS },
      "A route asks a service; queries and connections are below it.",
    ),
    never(
      "http-through-services",
      { path: layer("http") },
      { path: DATA_LAYERS },
      "What knows Request and Response knows no tables.",
    ),
    never(
      "services-without-web",
      { path: layer("services") },
      {
        path: [
          layer("routes"),
          layer("http"),
          layer("components"),
          layer("models"),
          "^db/(?!transaction)",
          "^node_modules/(@remix-run|hono|@hono|react|knex|objection|pg)/",
        ],
      },
      "A rule holds whoever asks, and however rows are kept.",
    ),
    never(
      "repositories-below",
      { path: layer("repositories") },
      { path: [layer("services"), layer("http"), layer("routes"), layer("components")] },
      "Queries know nothing of those who ask.",
    ),
    never(
      "models-alone",
      { path: layer("models") },
      { pathNot: [layer("models"), "^node_modules/objection/"] },
      "A model is a table and its relations.",
    ),
    never(
      "components-present",
      { path: layer("components") },
      {
        path: ["\\.server\\.tsx?$", ...DATA_LAYERS, layer("services"), layer("routes")],
        dependencyTypesNot: ["type-only"],
      },
      "A component shows what it is given.",
    ),
    never(
      "schemas-alone",
      { path: layer("schemas") },
      { pathNot: [layer("schemas"), "^node_modules/zod/"] },
      "One schema serves form, action and API, in the browser too.",
    ),
    never("errors-alone", { path: "^app/errors\\.ts$" }, { path: "." }, "Every layer throws these."),
    never(
      "db-below",
      { path: "^db/", pathNot: "^db/(cli|seed)" },
      { path: "^app/" },
      "The database layer knows no application.",
    ),
    never(
      "no-undeclared",
      {},
      { dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown", "undetermined"], pathNot: "^virtual:" },
      "Declare it in package.json.",
    ),
    never(
      "production-without-dev-tools",
      { path: "^(app|db)/", pathNot: "^app/dev\\.ts$|^db/(cli|seed)" },
      { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
      "The image has no devDependencies.",
    ),
    never(
      "not-resolvable",
      {},
      { couldNotResolve: true, pathNot: "^virtual:" },
      "This import leads nowhere.",
    ),
    never(
      "no-tests-in-app",
      { path: "^(app|db)/" },
      { path: "^test/" },
      "The application does not know its tests.",
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
