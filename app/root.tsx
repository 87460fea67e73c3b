import serif from "@fontsource/source-serif-4/files/source-serif-4-latin-600-normal.woff2?url";
import type { LinksFunction } from "@remix-run/node";
import {
  data,
  Links,
  Meta,
  Outlet,
  Scripts,
  ScrollRestoration,
  useLoaderData,
  useNavigation,
  useRouteLoaderData,
} from "@remix-run/react";
import { type ReactNode, useContext } from "react";
import { UndoForm } from "#app/components/tasks/undo-form.tsx";
import { INLINE_STYLES_ID, InlineStylesContext } from "#app/components/ui/inline-styles.ts";
import { NonceContext } from "#app/components/ui/nonce.ts";
import { Notice } from "#app/components/ui/notice.tsx";
import { OfflineBanner } from "#app/components/ui/offline-banner.tsx";
import { PageError } from "#app/components/ui/page-error.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { SiteHeader } from "#app/components/ui/site-header.tsx";
import { StayWhileOffline } from "#app/components/ui/stay-while-offline.tsx";
import { useDraftCleanup } from "#app/components/ui/use-draft-cleanup.ts";
import { usePagePreload } from "#app/components/ui/use-page-preload.ts";
import { useRouteFocus } from "#app/components/ui/use-route-focus.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { revalidateOnSuccess } from "./components/ui/form-persistence.ts";
import type { DateContext } from "./components/ui/format-date.ts";
import { RevalidateOnFocus } from "./components/ui/revalidate-on-focus.tsx";
import { useTimeZone } from "./components/ui/use-time-zone.ts";
import { loadRootSession } from "./http/auth/page-session.server.ts";
import { readTheme } from "./http/cookies/theme-cookie.server.ts";
import { readTimeZone } from "./http/cookies/time-zone-cookie.server.ts";
import { methodNotAllowed, pageLoader } from "./http/pages/page-route.server.ts";
import type { Theme } from "./page-data/theme.ts";
import styleSheetUrl from "./styles.css?url";

export const links: LinksFunction = () => [
  { rel: "preload", as: "font", type: "font/woff2", href: serif, crossOrigin: "anonymous" },
  { rel: "icon", href: "/favicon.svg", type: "image/svg+xml" },
  { rel: "apple-touch-icon", href: "/icons/apple-180.png" },
  { rel: "manifest", href: "/manifest.webmanifest" },
];

export const meta = pageTitle("Tasks");

export const loader = pageLoader(async (context) => {
  const { headers, ...session } = await loadRootSession(context);
  const { request } = context;
  const now = new Date().toISOString();
  return data({ ...session, zone: readTimeZone(request), theme: readTheme(request), now }, { headers });
});

/** Handles a POST to "/", which Remix routes to the root and not to the index route. */
export const action = methodNotAllowed;

export function Layout({ children }: { children: ReactNode }) {
  const nonce = useContext(NonceContext);
  // Undefined when this loader failed.
  const rootData = useRouteLoaderData<typeof loader>("root");
  const navigating = useNavigation().state !== "idle";
  const theme = rootData?.theme ?? "system";
  useRouteFocus();

  return (
    <html lang="en" data-theme={theme}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <ThemeColor theme={theme} />
        <Meta />
        <StyleSheet nonce={nonce} />
        <Links />
      </head>
      <body className="min-h-dvh">
        <a href="#main" className="skip-to-content">
          Skip to content
        </a>
        <SiteHeader signedIn={rootData?.signedIn} />
        <main
          id="main"
          tabIndex={-1}
          aria-busy={navigating || undefined}
          className="mx-auto max-w-page px-4 pt-5 pb-28 sm:pt-10"
        >
          <Notice
            rootData={rootData}
            undo={({ undo = 0, reopen }) => <UndoForm key={undo} id={undo} reopen={reopen} />}
          />
          {children}
        </main>
        <OfflineBanner />
        <StayWhileOffline />
        <RevalidateOnFocus />
        <ScrollRestoration nonce={nonce} />
        <Scripts nonce={nonce} />
      </body>
    </html>
  );
}

function StyleSheet({ nonce }: { nonce: string }) {
  const inlined = useContext(InlineStylesContext);
  if (inlined === null) return <link rel="stylesheet" href={styleSheetUrl} />;
  return (
    <>
      <style
        id={INLINE_STYLES_ID}
        nonce={nonce}
        // The browser hides the nonce attribute from scripts, so hydration cannot compare it.
        suppressHydrationWarning
        // biome-ignore lint/security/noDangerouslySetInnerHtml: the build's style sheet; as text, React would escape it.
        dangerouslySetInnerHTML={{ __html: inlined }}
      />
      {/* For the next document, which links it. */}
      <link rel="prefetch" href={styleSheetUrl} />
    </>
  );
}

/** The colour of the browser's own bars. */
function ThemeColor({ theme }: { theme: Theme }) {
  const colours = Object.entries({ light: "#faf7f0", dark: "#1a1f26" });
  return colours
    .filter(([name]) => theme === "system" || theme === name)
    .map(([name, colour]) => (
      <meta
        key={name}
        name="theme-color"
        content={colour}
        media={theme === "system" ? `(prefers-color-scheme: ${name})` : undefined}
      />
    ));
}

export default function Tock() {
  const { zone, now, notice, userId } = useLoaderData<typeof loader>();
  useDraftCleanup(notice?.signed_out);
  usePagePreload();
  const context: DateContext = { timeZone: useTimeZone(zone), now };
  // Another user may have signed in meanwhile, in another tab: nothing that the earlier one has typed stays.
  return <Outlet key={userId} context={context} />;
}

export { PageError as ErrorBoundary, pageHeaders as headers, revalidateOnSuccess as shouldRevalidate };
