import { useEffect, useRef } from "react";

/** New recovery codes. They cannot be shown again, because only their hashes are stored. */
export function RecoveryCodes({ codes }: { codes: string[] }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Screen readers announce the codes, which appear above the form that had the focus.
  useEffect(() => {
    if (codes.length > 0) heading.current?.focus();
  }, [codes]);

  return (
    <section aria-labelledby="recovery-codes" className="grid gap-4 rounded-control border border-edge p-4">
      <h2 id="recovery-codes" ref={heading} tabIndex={-1} className="text-xl font-semibold">
        Your recovery codes
      </h2>
      <p>
        Each one signs you in once if you don't have your authenticator app. Save them now: they aren't shown
        again, and earlier ones no longer work.
      </p>
      <ul className="grid gap-1 font-mono text-sm sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
