import { createRequestHandler, type ServerBuild } from "@remix-run/node";
import { expect, it } from "vitest";
import { createPageHandler } from "#app/http/pages/page-handler.server.ts";

const PATHS: Record<string, { path?: string; parentId?: string; index?: boolean }> = {
  root: { path: "" },
  landing: { parentId: "root", index: true },
  dashboard: { parentId: "root", path: "dashboard" },
  task: { parentId: "root", path: "tasks/:id" },
  edit: { parentId: "root", path: "tasks/:id/edit" },
  settings: { parentId: "root", path: "settings" },
  totp: { parentId: "settings", path: "totp" },
  optional: { parentId: "root", path: "de?/dashboard/about" },
  parameter: { parentId: "root", path: ":language/help" },
  unknown: { parentId: "root", path: "*" },
};

/** A build of which every route answers with its id and parameters. */
function fakeBuild(): ServerBuild {
  const routes = Object.entries(PATHS).map(([id, route]) => {
    const loader = ({ params }: { params: object }) => new Response(`${id} ${JSON.stringify(params)}`);
    return [id, { id, ...route, module: { loader } }];
  });
  return {
    entry: { module: { default: () => new Response("a page") } },
    routes: Object.fromEntries(routes),
    assets: { entry: { imports: [], module: "" }, routes: {}, url: "", version: "" },
    publicPath: "/",
    assetsBuildDirectory: "",
    future: { v3_singleFetch: true },
    isSpaMode: false,
  } as unknown as ServerBuild;
}

it.each([
  ["/", "landing"],
  ["/dashboard", "dashboard"],
  ["/dashboard/", "dashboard"],
  ["/DashBoard", "dashboard"],
  ["/d%61shboard", "dashboard"],
  ["//dashboard", "unknown"],
  ["/dashboard/more", "unknown"],
  ["/tasks", "unknown"],
  ["/tasks/7", "task"],
  ["/tasks/7/edit", "edit"],
  ["/tasks%2F7", "unknown"],
  ["/settings/totp", "totp"],
  ["/dashboard/about", "optional"],
  ["/de/dashboard/about", "optional"],
  ["/dashboard/help", "parameter"],
  ["/fern", "unknown"],
])("the page handler answers %s by the route %s, as Remix with all routes does", async (path, id) => {
  const build = fakeBuild();
  const answers = [createPageHandler(build, "test"), createRequestHandler(build, "test")].map(
    async (handle) => (await handle(new Request(`http://localhost${path}`), {} as never)).text(),
  );
  const [answer, remixAnswer] = await Promise.all(answers);
  expect(answer).toBe(remixAnswer);
  expect(answer?.split(" ")[0]).toBe(id);
});

it.each([
  ["/_root.data", "landing"],
  ["/dashboard.data", "dashboard"],
  ["/tasks/7.data", "task"],
  ["/settings/totp.data", "totp"],
  ["/tasks.data", "unknown"],
  ["/dashboard.data?_routes=dashboard", "dashboard"],
])(
  "the page handler answers %s with the data of the route %s, as Remix with all routes does",
  async (path, id) => {
    const build = fakeBuild();
    const [data, remixData] = await Promise.all(
      [createPageHandler(build, "test"), createRequestHandler(build, "test")].map(async (handle) =>
        (await handle(new Request(`http://localhost${path}`), {} as never)).text(),
      ),
    );
    expect(data).toBe(remixData);
    expect(data).toContain(`"${id}"`);
  },
);
