import { explainError } from "./explain-error.ts";

/** A page's `meta`: "Settings · Tock", or what went wrong when the page could not be shown. */
export function pageTitle(name: string) {
  return ({ error }: { error?: unknown }) => [
    { title: `${error ? explainError(error).title : name} · Tock` },
  ];
}
