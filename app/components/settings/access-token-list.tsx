import { useFetcher } from "@remix-run/react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { DateTime } from "#app/components/ui/date-time.tsx";
import { useFocusAfterRemoval } from "#app/components/ui/use-focus-after-removal.ts";
import type { AccessToken } from "#app/schemas/access-token.ts";
import { SCOPE_LABELS } from "./access-token-form.tsx";

export interface ListedAccessToken extends AccessToken {
  /** Decided by the server, so that browser and server agree. */
  isExpired: boolean;
}

/** Lists the user's access tokens, with buttons to revoke them. */
export function AccessTokenList({ tokens }: { tokens: ListedAccessToken[] }) {
  const list = useFocusAfterRemoval<HTMLUListElement>(tokens.length);

  return (
    <ul
      ref={list}
      tabIndex={-1}
      aria-label="Access tokens"
      className="divide-y divide-rule border-b border-rule focus:outline-none"
    >
      {tokens.map((token) => (
        <AccessTokenItem key={token.id} token={token} />
      ))}
      {tokens.length === 0 && <li className="pb-3 text-ink-soft">You have none.</li>}
    </ul>
  );
}

function AccessTokenItem({ token }: { token: ListedAccessToken }) {
  const { name, scope, expires_at, last_used_at, isExpired } = token;
  return (
    <li className="flex items-center justify-between gap-4 py-3 first:pt-0">
      <div className="min-w-0 wrap-anywhere">
        <p dir="auto" className="font-medium">
          {name}
        </p>
        <p className="text-sm text-ink-soft">
          {SCOPE_LABELS[scope]}
          <br />
          {isExpired ? <strong className="font-semibold text-danger">Expired</strong> : "Expires"}{" "}
          <DateTime time={expires_at} />
          <br />
          {last_used_at ? (
            <>
              Last used <DateTime time={last_used_at} />
            </>
          ) : (
            "Never used"
          )}
        </p>
      </div>
      <RevokeForm token={token} />
    </li>
  );
}

function RevokeForm({ token: { id, name } }: { token: ListedAccessToken }) {
  const fetcher = useFetcher({ key: `revoke-${id}` });
  return (
    <ActionForm intent="revoke" hidden={{ id }} fetcher={fetcher}>
      {({ pending }) => (
        <Button variant="quiet" pending={pending} className="whitespace-nowrap">
          {pending ? "Revoking…" : "Revoke"}
          <span className="sr-only">: {name}</span>
        </Button>
      )}
    </ActionForm>
  );
}
