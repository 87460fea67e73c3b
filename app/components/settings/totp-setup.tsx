import { ConfirmTotpForm } from "./totp-forms.tsx";

interface TotpSetupProps {
  secret: string;
  uri: string;
  qr: { size: number; path: string };
}

/** The key for the authenticator app, and the form for its first code. */
export function TotpSetup({ secret, uri, qr: { size, path } }: TotpSetupProps) {
  return (
    <ol className="grid list-decimal gap-6 pl-5">
      <li>
        <p>Scan this with your authenticator app.</p>
        {/* Black on white in a dark theme too: not all apps read an inverted code. */}
        <svg
          viewBox={`0 0 ${size} ${size}`}
          role="img"
          aria-label="The key below, to scan"
          shapeRendering="crispEdges"
          className="my-3 size-56 max-w-full rounded-control"
        >
          <rect width={size} height={size} fill="#fff" />
          <path d={path} fill="#000" />
        </svg>
        <p>
          Or{" "}
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
