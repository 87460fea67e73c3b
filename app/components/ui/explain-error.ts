import { isRouteErrorResponse } from "@remix-run/react";
import type { ErrorExplanation } from "#app/page-data/error-explanation.ts";

const OURS: ErrorExplanation = {
  title: "Something went wrong on our side",
  text: "Your tasks are safe. Try again.",
  retry: true,
};

const UNREACHED: ErrorExplanation = {
  title: "Tock could not be reached",
  text: "You may be offline, or Tock is being restarted. Your tasks are safe. Try again in a moment.",
  retry: true,
  unreached: true,
};

/** How Chromium, Firefox and Safari put it; they agree on TypeError, but that is what bugs are too. */
const NO_ANSWER = /^(Failed to fetch|NetworkError|Load failed)/;

/** Says in words for people what was thrown while a page was made. Never shows the error itself. */
export function explainError(error: unknown): ErrorExplanation {
  if (error instanceof TypeError && NO_ANSWER.test(error.message)) return UNREACHED;
  return (isRouteErrorResponse(error) && (error.data?.words as ErrorExplanation | undefined)) || OURS;
}
