import { ConfirmTotpForm } from "./totp-forms.tsx";

/** The key for the authenticator app, and the form for its first code. */
export function TotpSetup({ secret, uri }: { secret: string; uri: string }) {
  return (
    <ol className="grid list-decimal gap-6 pl-5">
      <li>
        <p>
          Add an account to your authenticator app:{" "}
          <a href={uri} className="underline underline-offset-4">
            open the app
          </a>{" "}
          if it's on this device, or enter this key.
        </p>
        <p className="mt-2 font-mono text-lg break-words">
          <code>{secret}</code>
        </p>
      </li>
      <li>
        <p className="mb-4">Enter the code that the app shows.</p>
        <ConfirmTotpForm />
      </li>
    </ol>
  );
}
