import { vitePlugin as remix } from "@remix-run/dev";
import tailwindcss from "@tailwindcss/vite";
import { type BuildOptions, defineConfig, type Plugin } from "vite";
import { compression } from "vite-plugin-compression2";
import { commonPasswordsPlugin } from "./app/rules/common-passwords/vite-plugin.ts";
import { dependencies } from "./package.json";
import remixConfig from "./remix.config.js";

/**
 * Builds app/server.ts instead of Remix's own entry, which is only the route table: server, database and routes are
 * one module graph with one connection pool. The command line is built beside it, for the image. Packages are bundled into
 * one file, because Node loads one large file faster than hundreds of small ones (0.6 s of CPU instead of 0.85 s). Only
 * the `dependencies` of package.json are not: they have native code, or load their parts by path at run time.
 */
const serverBuild: Plugin = {
  name: "tock:server-build",
  apply: (_config, { command, isSsrBuild }) => command === "build" && isSsrBuild === true,
  config: () => ({
    ssr: { noExternal: true, external: Object.keys(dependencies) },
    build: {
      sourcemap: true,
      rollupOptions: {
        input: { index: "./app/server.ts", cli: "./app/cli/main.ts" },
        output: {
          entryFileNames: "[name].js",
          manualChunks: (id) => (isPackage(id) ? serverChunk(id) : undefined),
        },
      },
    },
  }),
  // Node parses the map of every file that it loads: those of packages would take a tenth of a start, and 10 MB of memory.
  renderChunk: (code, { name }) => (name.startsWith(PACKAGES) ? { code, map: { mappings: "" } } : null),
};

/** The start of the names of the server's files with packages. */
const PACKAGES = "packages";
const isPackage = (id: string) => id.includes("/node_modules/");

/** Packages of commands, which the web server does not load: of `db:seed`, and of `db:backup` and `db:restore`. */
const SEED_PACKAGES = /\/node_modules\/(@faker-js|cli-progress)\//;
const ARCHIVE_PACKAGES = /\/node_modules\/(tar|minipass|minizlib|chownr|yallist|@isaacs\/fs-minipass)\//;
const serverChunk = (id: string) => {
  if (SEED_PACKAGES.test(id)) return `${PACKAGES}-seed`;
  return ARCHIVE_PACKAGES.test(id) ? `${PACKAGES}-archive` : PACKAGES;
};

/** Modules that most pages import. The character counter and the dialogs are loaded on demand, the others are not on the dashboard. */
const SHARED_MODULES =
  /\/app\/(components\/(ui\/(?!(character-count|check-field|date-time|debounced-live-region|dialog|section)\.)|tasks\/(merge-field|opened-task|pagination|use-focus-keeper)\.)|rules\/(limits|task-rules|text-rules)\.|page-data\/)/;
/** Modules of the pages with a password. */
const ACCOUNT_MODULES = /\/app\/(components\/auth\/|rules\/(account-rules|password-strength)\.)/;

/** Puts the browser's modules into few files: the dashboard loads 9 scripts instead of 17, of about the same size. */
const browserChunk = (id: string) => {
  if (isPackage(id)) return "packages";
  if (ACCOUNT_MODULES.test(id)) return "account";
  return SHARED_MODULES.test(id) ? "shared" : undefined;
};

/**
 * The packages of the browser, which `npm run dev` prepares before the first page. If Vite discovers one later, it loads all
 * of them again, and a page that has loaded the earlier React fails ("Invalid hook call").
 */
const BROWSER_PACKAGES = [
  "react",
  "react/jsx-dev-runtime",
  "react-dom",
  "react-dom/client",
  "@remix-run/react",
  "remix-utils/use-hydrated",
];

/** The file beside the scripts with the license comments of the browser's packages. */
const LICENSE_FILE = "licenses.txt";
const LICENSE_BANNER = `/*! Licenses: ${LICENSE_FILE} */`;
const licenses = new Set<string>();

/** Moves license comments out of the scripts, where they are repeated for each module: 1.1 kB after gzip on every page. */
const keepComment = (_node: unknown, { value }: { value: string }) => {
  if (value.includes("@license")) licenses.add(value.replace(/^\s*\* ?/gm, "").trim());
  return LICENSE_BANNER.includes(value);
};

const licenseFile: Plugin = {
  name: "tock:licenses",
  apply: (_config, { command, isSsrBuild }) => command === "build" && isSsrBuild !== true,
  generateBundle() {
    const source = `${[...licenses].join("\n\n")}\n`;
    this.emitFile({ type: "asset", fileName: `assets/${LICENSE_FILE}`, source });
  },
};

/** Resource routes leave empty browser modules; comments in packages concern their authors. */
const IGNORED_WARNINGS = new Set(["EMPTY_BUNDLE", "INVALID_ANNOTATION"]);
const onwarn: NonNullable<BuildOptions["rollupOptions"]>["onwarn"] = (warning, warn) => {
  if (!IGNORED_WARNINGS.has(warning.code ?? "")) warn(warning);
};

const browserOutput = {
  manualChunks: browserChunk,
  banner: ({ name }: { name: string }) => (name === "packages" ? LICENSE_BANNER : ""),
};

export default defineConfig(({ isSsrBuild }) => ({
  plugins: [
    tailwindcss(),
    remix(remixConfig),
    // After Remix's plugin, whose entry it replaces.
    serverBuild,
    commonPasswordsPlugin,
    licenseFile,
    isSsrBuild ? null : compression({ algorithms: ["gzip", "brotliCompress"], threshold: 1024 }),
  ],
  // esbuild 0.28 (an override in package.json because of an advisory) rejects the default target names of Vite 6.
  build: {
    // The list of scripts for preloading reads it.
    manifest: true,
    target: "es2022",
    // Remix renders the preload links itself.
    modulePreload: false,
    // Terser makes the scripts 4% smaller than esbuild: with esbuild the dashboard exceeds its 100 kB.
    minify: isSsrBuild ? false : "terser",
    terserOptions: { ecma: 2020, module: true, compress: { passes: 3 }, format: { comments: keepComment } },
    rollupOptions: { onwarn, ...(!isSsrBuild && { output: browserOutput }) },
  },
  esbuild: { target: "es2022" },
  optimizeDeps: {
    esbuildOptions: { target: "es2022" },
    // The scan would also find the packages of loaders, which no browser needs.
    noDiscovery: true,
    include: BROWSER_PACKAGES,
  },
}));
