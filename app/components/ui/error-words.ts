import { isRouteErrorResponse } from "@remix-run/react";

interface Explanation {
  title: string;
  text: string;
  /** Whether asking for the same address again may help. */
  retry: boolean;
  /** Nobody answered: a reload would only bring up the browser's own error page. */
  unreached?: true;
}

const WORDS: Record<number, Explanation> = {
  400: {
    title: "That did not make sense",
    text: "The request was not one that this page understands. Go back and try it from there.",
    retry: false,
  },
  401: {
    title: "Please sign in",
    text: "You are not signed in any more. Nothing has been changed.",
    retry: false,
  },
  403: {
    title: "This is not yours",
    text: "It belongs to somebody else, so it cannot be shown or changed from your account.",
    retry: false,
  },
  404: {
    title: "There is nothing here",
    text: "The address may be mistyped, or what was here has been deleted.",
    retry: false,
  },
  405: {
    title: "That cannot be done here",
    text: "This page does not take that kind of request. Go back and try it from there.",
    retry: false,
  },
  413: {
    title: "That was too much text",
    text: "What you sent is larger than this page takes. Shorten it and send it again.",
    retry: false,
  },
  415: {
    title: "That cannot be read here",
    text: "This page takes what its own form sends. Go back and try it from there.",
    retry: false,
  },
  429: {
    title: "A moment, please",
    text: "That was too many tries in a short time. Wait a minute, then try again.",
    retry: true,
  },
};

const OURS: Explanation = {
  title: "Something went wrong on our side",
  text: "Your tasks are safe. Try again.",
  retry: true,
};

const UNREACHED: Explanation = {
  title: "Tock could not be reached",
  text: "You may be offline, or Tock is being restarted. Your tasks are safe. Try again in a moment.",
  retry: true,
  unreached: true,
};

/** How Chromium, Firefox and Safari put it; they agree on TypeError, but that is what bugs are too. */
const NO_ANSWER = /^(Failed to fetch|NetworkError|Load failed)/;

/** Says in words for people what was thrown while a page was made. Never shows the error itself. */
export function explain(error: unknown): Explanation {
  if (error instanceof TypeError && NO_ANSWER.test(error.message)) return UNREACHED;
  return (isRouteErrorResponse(error) && WORDS[error.status]) || OURS;
}
