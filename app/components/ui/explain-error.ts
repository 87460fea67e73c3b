import { isRouteErrorResponse } from "@remix-run/react";
import type { ErrorExplanation } from "#app/page-data/error-explanation.ts";

const INTERNAL_ERROR: ErrorExplanation = {
  title: "Something went wrong on our side",
  text: "Your tasks are safe. Try again.",
  retry: true,
};

const UNREACHABLE: ErrorExplanation = {
  title: "Can't reach Tock",
  text: "You may be offline, or Tock is restarting. Your tasks are safe. Try again in a moment.",
  retry: true,
  unreached: true,
};

/** The messages of Chromium, Firefox and Safari. The type alone is not enough: most bugs are TypeErrors too. */
const NETWORK_ERROR = /^(Failed to fetch|NetworkError|Load failed)/;

/** Explains an error thrown by a route. Never reveals the error itself. */
export function explainError(error: unknown): ErrorExplanation {
  if (error instanceof TypeError && NETWORK_ERROR.test(error.message)) return UNREACHABLE;
  return (
    (isRouteErrorResponse(error) && (error.data?.explanation as ErrorExplanation | undefined)) ||
    INTERNAL_ERROR
  );
}
