import { serialize } from "hono/utils/cookie";
import { type CookieScope, cookieAttributes } from "#app/http/auth/session-cookie.server.ts";
import { THEME_COOKIE } from "#app/http/theme.server.ts";
import type { Theme } from "#app/page-data/theme.ts";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** @returns the Set-Cookie value that stores a theme for a year */
export const themeCookie = (theme: Theme, scope: CookieScope): string =>
  serialize(THEME_COOKIE, theme, {
    ...cookieAttributes(scope),
    maxAge: theme === "system" ? 0 : YEAR_SECONDS,
  });
