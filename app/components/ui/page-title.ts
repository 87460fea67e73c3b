import { explain } from "./error-words.ts";

/** A page's `meta`: "Settings · Tock", or what went wrong when the page could not be shown. */
export function pageTitle(name: string) {
  return ({ error }: { error?: unknown }) => [{ title: `${error ? explain(error).title : name} · Tock` }];
}
