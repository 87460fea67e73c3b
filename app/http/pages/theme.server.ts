import { parse, serialize } from "hono/utils/cookie";
import { type CookieScope, cookieAttributes } from "#app/http/auth/session-cookie.server.ts";
import { THEMES, type Theme } from "#app/page-data/theme.ts";

/** Not part of the cookie session: the choice belongs to the browser and outlives a sign-out. */
const COOKIE = "theme";
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** @returns the theme of a name; "system" for an unknown one */
export const themeFrom = (name: string | undefined): Theme =>
  THEMES.find((theme) => theme === name) ?? "system";

export const readTheme = (request: Request): Theme =>
  themeFrom(parse(request.headers.get("Cookie") ?? "", COOKIE)[COOKIE]);

/** @returns the Set-Cookie value that stores a theme for a year */
export const themeCookie = (theme: Theme, scope: CookieScope): string =>
  serialize(COOKIE, theme, {
    ...cookieAttributes(scope),
    maxAge: theme === "system" ? 0 : YEAR_SECONDS,
  });
