import type { ErrorExplanation } from "#app/page-data/error-explanation.ts";

const COPY: Record<number, ErrorExplanation> = {
  400: {
    title: "That didn't work",
    text: "Tock couldn't make sense of this. Go back, reload the page, and try again.",
    retry: false,
  },
  401: {
    title: "Please sign in",
    text: "You were signed out, so nothing was changed. Sign in and try again.",
    retry: false,
  },
  403: {
    title: "This page isn't yours",
    text: "It belongs to another account, so you can't see or change it.",
    retry: false,
  },
  404: {
    title: "Page not found",
    text: "The address may be wrong, or the page is gone.",
    retry: false,
  },
  405: {
    title: "That doesn't work here",
    text: "This page can't do that. Go back and try again.",
    retry: false,
  },
  409: {
    title: "Still working on it",
    text: "Tock hasn't finished your last change yet. Try again in a moment.",
    retry: true,
  },
  412: {
    title: "This was changed elsewhere",
    text: "Nothing was saved. Go back, look at the change, then try again.",
    retry: false,
  },
  413: {
    title: "That's a lot of text",
    text: "It's more than this page can take. Shorten it and try again.",
    retry: false,
  },
  415: {
    title: "Tock can't read that",
    text: "This page only takes its own form. Go back and try again.",
    retry: false,
  },
  429: {
    title: "Slow down a little",
    text: "That was a lot in a short time. Wait a minute, then try again.",
    retry: true,
  },
};

/**
 * Returns the text of the error page for a status, undefined for a server error, which the page explains itself. The
 * text is sent with the error, so that the browser does not load the texts of all errors.
 */
export const errorCopy = (status: number): ErrorExplanation | undefined => COPY[status];
