import { explainError } from "./explain-error.ts";

/** A page's `meta`: the title is "Settings · Tock", or names the error if the page failed. */
export function pageTitle(name: string) {
  return ({ error }: { error?: unknown }) => [
    { title: `${error ? explainError(error).title : name} · Tock` },
  ];
}
