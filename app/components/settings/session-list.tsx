import { useFetcher } from "@remix-run/react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { useFocusAfterRemoval } from "#app/components/ui/use-focus-after-removal.ts";
import type { SessionInfo } from "#app/schemas/session.ts";
import { SessionItem } from "./session-item.tsx";

interface SessionListProps {
  /** The current session first. */
  sessions: SessionInfo[];
  /** The number of sessions that are not listed. */
  more: number;
}

/** Lists the user's sessions, with buttons to end one of them or all others. */
export function SessionList({ sessions, more }: SessionListProps) {
  const list = useFocusAfterRemoval<HTMLUListElement>(sessions.length + more);

  return (
    <div className="grid gap-4">
      <ul
        ref={list}
        tabIndex={-1}
        aria-label="Sessions"
        className="divide-y divide-rule border-b border-rule focus:outline-none"
      >
        {sessions.map((session) => (
          <SessionItem key={session.id} session={session} />
        ))}
      </ul>
      {more > 0 && (
        <p className="text-ink-soft">
          And {more} more, used longer ago. Signing out everywhere else includes them.
        </p>
      )}
      {sessions.length > 1 && <EndOtherSessionsForm />}
    </div>
  );
}

function EndOtherSessionsForm() {
  const fetcher = useFetcher({ key: "end-others" });
  return (
    <ActionForm intent="end-others" fetcher={fetcher}>
      {({ pending }) => (
        <Button variant="quiet" pending={pending} className="justify-self-start">
          {pending ? "Signing out…" : "Sign out everywhere else"}
        </Button>
      )}
    </ActionForm>
  );
}
