import { safeRedirect } from "remix-utils/safe-redirect";
import { MAX_QUERY_CHARACTERS } from "#app/http/url-limits.ts";
import { draftPath, escapeDotSegments, readSharedDraft } from "#app/page-data/shared-draft.ts";
import type { FormContext } from "./page-route.server.ts";

/** Request validation rejects a longer query. */
const RETURN_PATH_MAX_CHARACTERS = MAX_QUERY_CHARACTERS - "redirectTo=".length;

/**
 * Encodes the path of a page as the value of `redirectTo`. Shortens shared text that does not fit, and leaves out any
 * other query that does not.
 */
export function returnPath({ pathname, search, searchParams }: URL): string {
  const encoded = encodeURIComponent(escapeDotSegments(`${pathname}${search}`));
  if (encoded.length <= RETURN_PATH_MAX_CHARACTERS) return encoded;
  const draft = readSharedDraft(searchParams);
  return encodeURIComponent(draft ? draftPath(draft, RETURN_PATH_MAX_CHARACTERS) : pathname);
}

/**
 * The fragment of a task's row, where a browser without JavaScript continues after a check or an edit. Scripts keep the
 * position themselves; their requests are not navigations.
 */
export function rowFragment({ request, form, params }: FormContext): string {
  const id = params.id ?? form.get("id");
  const movesToRow = /^(complete|save|restore)$/.test(form.intent) && /^\d{1,16}$/.test(id);
  return movesToRow && isNavigation(request.headers) ? `#task-${id}` : "";
}

/** Browsers send Sec-Fetch-Mode to https and localhost only. Elsewhere their navigations ask for HTML, unlike scripts. */
function isNavigation(headers: Headers): boolean {
  const mode = headers.get("Sec-Fetch-Mode");
  return mode === null ? (headers.get("Accept") ?? "").includes("text/html") : mode === "navigate";
}

/** Returns `path` if it stays on this site, else `fallback`. Prevents open redirects. */
export function safePath(path: string | null | undefined, fallback: string): string {
  const safe = safeRedirect(path ?? "", fallback);
  // Browsers read a backslash as a slash and skip control characters. A Location header holds printable ASCII only.
  return /^\/(?![/\\])[!-[\]-~]*$/.test(safe) ? safe : fallback;
}
