import { useFetcher } from "@remix-run/react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { DateTime } from "#app/components/ui/date-time.tsx";
import type { SessionInfo } from "#app/schemas/session.ts";

export function SessionItem({ session }: { session: SessionInfo }) {
  const { device, address, last_used_at, current } = session;
  return (
    <li className="flex items-center justify-between gap-4 py-3 first:pt-0">
      <div className="min-w-0 wrap-anywhere">
        <p className="font-medium">{device}</p>
        <p className="text-sm text-ink-soft">
          {address ?? "Can't tell from where"}
          <br />
          {current ? (
            <strong className="font-semibold text-accent">This device</strong>
          ) : (
            <>
              Last used <DateTime time={last_used_at} />
            </>
          )}
        </p>
      </div>
      {!current && <EndSessionForm session={session} />}
    </li>
  );
}

function EndSessionForm({ session: { id, device, address } }: { session: SessionInfo }) {
  const fetcher = useFetcher({ key: `end-${id}` });
  return (
    <ActionForm intent="end-session" hidden={{ id }} fetcher={fetcher}>
      {({ pending }) => (
        <Button variant="quiet" pending={pending} className="whitespace-nowrap">
          {pending ? "Signing out…" : "Sign out"}
          <span className="sr-only">
            : {device}
            {address && `, ${address}`}
          </span>
        </Button>
      )}
    </ActionForm>
  );
}
