import type { Cut } from "./cut.ts";

const router: Cut = {
  file: "@remix-run/router/dist/router.js",
  bodies: {
    // For developers; people read our own words (error-words.ts).
    warning: "",
    getInternalRouterError: 'return new ErrorResponseImpl(status || 500, "", new Error(), true);',
    // Deferred data: a single fetch has promises of its own.
    cancelActiveDeferreds: "return [];",
    isDeferredResult: "return false;",
    isDeferredData: "return false;",
    resolveNavigationDeferredResults: "",
    resolveFetcherDeferredResults: "",
    resolveDeferredData: "",
  },
  texts: [
    [/(?<![.\w])future\.v7_\w+/g, "true"],
    ["init.window ? init.window : typeof window", "true ? window : typeof window"],
    [/const isBrowser = [^;]*;/g, "const isBrowser = true;"],
    ["init.dataStrategy || defaultDataStrategy", "init.dataStrategy"],
    [
      /let mapRouteProperties;\n {2}if [\s\S]*?\n {2}\}\n {2}\/\//g,
      "const { mapRouteProperties } = init;\n  //",
    ],
    [/activeDeferreds\.forEach\(\(deferredData, routeId\) => \{[\s\S]*?\n {4}\}\);/g, ""],
    // Routes that are discovered on the way.
    ["= init.patchRoutesOnNavigation;", "= undefined;"],
    [/let fogOfWar = checkFogOfWar\([^;]*\);/g, ""],
    [/if \(fogOfWar\.active[^{]*\{[^}]*\}/g, ""],
    ["fogOfWar.active = false;", ""],
    ["fogOfWar.active", "false"],
    ["if (isFogOfWar)", "if (false)"],
    ["!isFogOfWar", "true"],
    // Routes that a developer changes meanwhile.
    ["inFlightDataRoutes || dataRoutes", "dataRoutes"],
    ["if (inFlightDataRoutes)", "if (false)"],
    // Blockers of a navigation.
    [/let blockerKey = shouldBlockNavigation\(\{[^}]*\}\);/g, "const blockerKey = undefined;"],
    ["if (unblockBlockerHistoryUpdate)", "if (false)"],
    ["if (blockers.size > 0)", "if (false)"],
    [/,\n {4}dispose,\n {4}getBlocker,[\s\S]*?_internalSetRoutes\n/g, "\n"],
  ],
};

const reactRouter: Cut = {
  file: "react-router/dist/index.js",
  bodies: {
    useNavigate: "return useNavigateStable();",
    // Every route has an ErrorBoundary of ours above it.
    DefaultErrorComponent: "return null;",
    warningOnce: "",
    logV6DeprecationWarnings: "",
  },
  texts: [["if (locationArg", "if (false"]],
};

const reactRouterDom: Cut = {
  file: "react-router-dom/dist/index.js",
  texts: [
    [/let \{\n {4}v7_startTransition\n {2}\} = future \|\| \{\};/g, "const v7_startTransition = true;"],
    [/router\.future\.v7_\w+/g, "true"],
    [/DataRouter(State)?Hook\.\w+(?=\))/g, ""],
  ],
};

const remix = (file: string, cut: Omit<Cut, "file">): Cut => ({
  file: `@remix-run/react/dist/esm/${file}`,
  ...cut,
});

/**
 * What of Remix and its router our pages never come to, cut from the browser's bundle. Both keep asking in the browser
 * for what is settled when we build (flags of the future, single-page mode, lazy route discovery), and carry what we do
 * not use (deferred data, blockers, prefetching, client loaders); no bundler can know either. The server's and the
 * development's copies stay whole.
 */
export const browserCuts: Cut[] = [
  router,
  reactRouter,
  reactRouterDom,
  remix("browser.js", {
    texts: [
      ["window.__remixContext.future.v3_singleFetch", "true"],
      ["window.__remixContext.isSpaMode", "false"],
      ["router.createRoutesForHMR = createClientRoutesWithHMRRevalidationOptOut;", ""],
    ],
  }),
  remix("fog-of-war.js", {
    bodies: {
      isFogOfWarEnabled: "return false;",
      getPatchRoutesOnNavigationFunction: "",
      useFogOFWarDiscovery: "",
    },
  }),
  remix("routes.js", {
    bodies: {
      fetchServerHandlerAndMaybeUnwrap: "return singleFetch();",
      preventInvalidServerHandlerCall: "",
      noActionDefinedError: 'throw new UNSAFE_ErrorResponseImpl(405, "", new Error(), true);',
    },
    texts: [
      ["future.v3_singleFetch && ", ""],
      ["if (isSpaMode)", "if (false)"],
      ["if (needsRevalidation)", "if (false)"],
      ["if (!routeModule.clientLoader)", "if (true)"],
      ["if (mod.clientLoader)", "if (false)"],
      ['route.id === "root" ? RemixRootDefaultHydrateFallback :', ""],
      [/route\.id === "root" \? \(\) => [\s\S]*?\}\) : undefined/g, "undefined"],
    ],
  }),
  remix("routeModules.js", {
    texts: [
      // A page whose script is gone is loaded anew; where nobody answers that would only bring up the browser's own page
      // of errors, so it fails like any other request, and ours tells of it.
      ["window.location.reload();", 'await fetch("/health");\n    window.location.reload();'],
      ["if (window.__remixContext.isSpaMode &&", "if (false &&"],
    ],
  }),
  remix("components.js", {
    bodies: {
      usePrefetchBehavior: "return [false, null, {}];",
      PrefetchPageLinks: "return null;",
      DeferredHydrationScript: "return null;",
    },
    texts: [
      ["shouldPrefetch && !isAbsolute ?", "false ?"],
      ["future.v3_singleFetch ?", "true ?"],
      ["if (isSpaMode && !isHydrated)", "if (false)"],
      // What the server writes and the browser only has to have an element for.
      ["let contextScript = staticContext ?", "let contextScript = false ?"],
      ["let routeModulesScript = !isStatic ?", "let routeModulesScript = true ?"],
      ['if (!isStatic && typeof __remixContext === "object" && __remixContext.a)', "if (false)"],
    ],
  }),
  remix("errorBoundaries.js", {
    // Shown when even our own page of errors fails.
    bodies: {
      RemixRootDefaultErrorBoundary: `return React.createElement("html", { lang: "en" },
        React.createElement("head", null, React.createElement("title", null, "Tock")),
        React.createElement("body", null, React.createElement("h1", null, "Something went wrong. Load the page again.")));`,
    },
  }),
];

/**
 * Scripts that wait: the server writes them so that a browser leaves them alone until start-scripts.js says so, when the
 * page has been painted. Until then they would take turns with it on the line and on the processor.
 */
export const serverCuts: Cut[] = [
  remix("components.js", {
    texts: [
      [
        /rel: "modulepreload",(?=\s+href: [\w.]+,\s+crossOrigin: props\.crossOrigin)/g,
        'rel: "modulepreload",\n    media: "not all",',
      ],
      [/type: "module",\s+async: true/g, 'type: "text/plain"'],
    ],
  }),
];
