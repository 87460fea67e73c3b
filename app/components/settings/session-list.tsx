import { useFetcher } from "@remix-run/react";
import { useEffect, useRef } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { SessionInfo } from "#app/schemas/session.ts";
import { SessionItem } from "./session-item.tsx";

interface SessionListProps {
  /** This device first. */
  sessions: SessionInfo[];
  /** How many there are besides those. */
  more: number;
  failure: FormFailure | undefined;
}

/** Where somebody is signed in, each to be ended, and all others at once. */
export function SessionList({ sessions, more, failure }: SessionListProps) {
  const list = useRef<HTMLUListElement>(null);
  const shown = useRef(sessions.length);

  // The button that was pressed goes away with what it ended: without this the focus would fall to the page's top.
  useEffect(() => {
    const held = document.activeElement;
    if (sessions.length < shown.current && (!held || held === document.body)) list.current?.focus();
    shown.current = sessions.length;
  }, [sessions.length]);

  return (
    <div className="grid gap-4">
      <ul
        ref={list}
        tabIndex={-1}
        aria-label="Sessions"
        className="divide-y divide-rule border-b border-rule focus:outline-none"
      >
        {sessions.map((session) => (
          <SessionItem
            key={session.id}
            session={session}
            failure={failure?.values.id === session.id ? failure : undefined}
          />
        ))}
      </ul>
      {more > 0 && (
        <p className="text-ink-soft">
          And {more} more, used longer ago. Signing out everywhere else ends them too.
        </p>
      )}
      {sessions.length > 1 && <EndOthersForm failure={failure} />}
    </div>
  );
}

function EndOthersForm({ failure }: { failure: FormFailure | undefined }) {
  const fetcher = useFetcher<FormFailure>({ key: "end-others" });
  return (
    <ActionForm intent="end-others" fetcher={fetcher} failure={fetcher.data ?? failure}>
      {({ pending }) => (
        <Button variant="quiet" pending={pending} className="justify-self-start">
          {pending ? "Signing out …" : "Sign out everywhere else"}
        </Button>
      )}
    </ActionForm>
  );
}
