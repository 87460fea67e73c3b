import { serialize } from "hono/utils/cookie";
import { THEMES, type Theme } from "#app/page-data/theme.ts";
import { type CookieScope, cookieAttributes, readCookie, type SetCookie } from "./attributes.server.ts";

/** Not part of the cookie session: the choice belongs to the browser and outlives a sign-out. It needs no `__Host-`. */
const NAME = "theme";
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** @returns the theme of a name; "system" for an unknown one */
export const themeFrom = (name: string | undefined): Theme =>
  THEMES.find((theme) => theme === name) ?? "system";

/** Returns the theme that the cookie of a request names; "system" without one. */
export const readTheme = (request: Request): Theme => themeFrom(readCookie(request, NAME));

/** Stores a theme for a year; "system" removes it. */
export const themeCookie = (theme: Theme, scope: CookieScope): SetCookie => [
  "Set-Cookie",
  serialize(NAME, theme, {
    ...cookieAttributes(scope),
    maxAge: theme === "system" ? 0 : YEAR_SECONDS,
  }),
];
