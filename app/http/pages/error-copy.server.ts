import type { ErrorExplanation } from "#app/page-data/error-explanation.ts";

const WORDS: Record<number, ErrorExplanation> = {
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

/**
 * What an error page says under this status. It comes with the error, so that no browser has to load the words for all
 * that might go wrong; undefined where the page's own words for any failure of ours will do.
 */
export const errorCopy = (status: number): ErrorExplanation | undefined => WORDS[status];
