import { Form } from "@remix-run/react";
import { useRef } from "react";
import { useShortcuts } from "#app/components/ui/use-shortcuts.ts";
import { SEARCH_MAX } from "#app/rules/limits.ts";
import type { TaskFilter } from "#app/schemas/task.ts";

/** Searches the tasks of a filter. On a phone it is an icon until it has the focus or a text. */
export function SearchForm({ show, q }: { show: TaskFilter; q: string }) {
  const field = useRef<HTMLInputElement>(null);
  useShortcuts({ "/": () => field.current?.focus() });

  return (
    <Form role="search" action="/dashboard" preventScrollReset className={q ? "search active" : "search"}>
      {show !== "open" && <input type="hidden" name="show" value={show} />}
      <input
        // A new field per search: the address determines its text.
        key={q}
        ref={field}
        type="search"
        name="q"
        defaultValue={q}
        maxLength={SEARCH_MAX}
        aria-label="Search tasks"
        placeholder="Search"
        dir="auto"
        autoComplete="off"
        enterKeyHint="search"
      />
      <button type="submit" aria-label="Search" />
    </Form>
  );
}
