import { useEffect, useRef, useState } from "react";
import { useHydrated } from "remix-utils/use-hydrated";
import { Button } from "#app/components/ui/button.tsx";

/** A token that was just created. It cannot be shown again, because only its digest is stored. */
export function NewAccessToken({ name, token }: { name: string; token: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Screen readers announce the token, which appears above the form that had the focus.
  useEffect(() => {
    if (token) heading.current?.focus();
  }, [token]);

  return (
    <section aria-labelledby="new-token" className="grid gap-4 rounded-control border border-edge p-4">
      <h2
        id="new-token"
        ref={heading}
        tabIndex={-1}
        dir="auto"
        className="text-xl font-semibold wrap-anywhere"
      >
        Your new token: {name}
      </h2>
      <p>
        Copy it now: it isn't shown again. Anyone who has it can use your tasks, so keep it like a password.
      </p>
      <p>
        {/* A click selects all of it. */}
        <code className="font-mono text-sm wrap-anywhere select-all">{token}</code>
      </p>
      <CopyButton text={token} />
    </section>
  );
}

/** Copies a text, with JavaScript on a page that may use the clipboard: one with https, or of this machine. */
function CopyButton({ text }: { text: string }) {
  const hydrated = useHydrated();
  const [copied, setCopied] = useState<string>();
  if (!hydrated || !navigator.clipboard) return null;

  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(text),
      () => setCopied(undefined),
    );
  };
  return (
    <p className="flex flex-wrap items-center gap-4">
      <Button type="button" variant="quiet" onClick={copy}>
        Copy token
      </Button>
      <span role="status">{copied === text && "Copied."}</span>
    </p>
  );
}
