import { parse } from "hono/utils/cookie";
import { THEMES, type Theme } from "#app/page-data/theme.ts";

/** Not part of the cookie session: the choice belongs to the browser and outlives a sign-out. */
export const THEME_COOKIE = "theme";

/** @returns the theme of a name; "system" for an unknown one */
export const themeFrom = (name: string | undefined): Theme =>
  THEMES.find((theme) => theme === name) ?? "system";

/** Returns the theme that the cookie of a request names; "system" without one. */
export const readTheme = (request: Request): Theme =>
  themeFrom(parse(request.headers.get("Cookie") ?? "", THEME_COOKIE)[THEME_COOKIE]);
