import { redirect } from "@remix-run/node";
import { Link, useActionData, useLoaderData } from "@remix-run/react";
import { useEffect, useRef } from "react";
import { RecoveryCodes } from "#app/components/settings/recovery-codes.tsx";
import { ConfirmedTotpForm, StartTotpForm } from "#app/components/settings/totp-forms.tsx";
import { TotpSetup } from "#app/components/settings/totp-setup.tsx";
import { keepFormOnNetworkError, revalidateOnSuccess } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { Section } from "#app/components/ui/section.tsx";
import { useKeptResult } from "#app/components/ui/use-kept-result.ts";
import { unknownFormError } from "#app/errors.ts";
import { requireUser } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { totpCodeSchema, totpConfirmationSchema, totpPasswordSchema } from "#app/schemas/totp.ts";
import { qrCode } from "#app/services/qr-code.server.ts";
import {
  confirmTotp,
  getTotpWithSetup,
  removeTotp,
  renewRecoveryCodes,
  startTotp,
} from "#app/services/totp.server.ts";
import { inGroups } from "#app/services/totp-codes.server.ts";

export const meta = pageTitle("Two-step sign-in");
export {
  keepFormOnNetworkError as clientAction,
  PageError as ErrorBoundary,
  pageHeaders as headers,
  revalidateOnSuccess as shouldRevalidate,
};

export const loader = pageLoader(async (context) => {
  const session = await requireUser(context);
  const { setup, ...totp } = await getTotpWithSetup(session);
  const shown = setup && { ...setup, secret: inGroups(setup.secret, 4, " "), qr: qrCode(setup.uri) };
  return { email: session.user.email, ...totp, setup: shown ?? null };
});

export const action = pageAction(async (context) => {
  const session = await requireUser(context);
  const { form, client } = context;
  switch (form.intent) {
    case "start":
      await startTotp(session, form.parse(totpPasswordSchema), client);
      return redirect("/settings/totp");
    case "confirm":
      // Not a redirect: the codes are in this response only.
      return { recoveryCodes: await confirmTotp(session, form.parse(totpCodeSchema), client) };
    case "codes":
      return { recoveryCodes: await renewRecoveryCodes(session, form.parse(totpConfirmationSchema), client) };
    case "remove":
      await removeTotp(session, form.parse(totpConfirmationSchema), client);
      return redirectWithNotice(context, "/settings", "Two-step sign-in is off.");
    default:
      throw unknownFormError();
  }
});

/** Moves the focus to the heading when the setup replaces the form that had it. */
function useSetupFocus(isShown: boolean) {
  const wasShown = useRef(isShown);
  useEffect(() => {
    if (isShown && !wasShown.current) document.querySelector<HTMLElement>("main h1")?.focus();
    wasShown.current = isShown;
  }, [isShown]);
}

export default function TotpPage() {
  const { email, status, setup, recoveryCodesLeft } = useLoaderData<typeof loader>();
  useSetupFocus(setup !== null);
  const created = useActionData<{ recoveryCodes?: string[] }>()?.recoveryCodes;
  const kept = useKeptResult(created);
  // Another device may have turned two-step sign-in off. Until the page has been loaded again, its status is outdated.
  const recoveryCodes = created ?? (status === "on" ? kept : undefined);

  return (
    <div className="grid gap-10">
      <div className="grid gap-4">
        <PageHeading>Two-step sign-in</PageHeading>
        <p className="max-w-form">
          After your password, Tock asks for a code from an authenticator app. Your account stays yours even
          if someone learns your password.
        </p>
        <p>
          <Link to="/settings" className="underline underline-offset-4">
            Back to settings
          </Link>
        </p>
      </div>
      {recoveryCodes && <RecoveryCodes codes={recoveryCodes} />}
      {status === "on" && <TotpIsOn email={email} recoveryCodesLeft={recoveryCodesLeft} />}
      {status !== "on" && !setup && (
        <Section title="Off">
          {status === "pending" && (
            <p className="mb-4">The setup was begun in another session. You can start again here.</p>
          )}
          <StartTotpForm email={email} />
        </Section>
      )}
      {setup && (
        <Section title="Set up">
          <TotpSetup {...setup} />
        </Section>
      )}
    </div>
  );
}

function TotpIsOn({ email, recoveryCodesLeft }: { email: string; recoveryCodesLeft: number }) {
  const left = recoveryCodesLeft === 1 ? "1 recovery code" : `${recoveryCodesLeft} recovery codes`;
  return (
    <>
      <Section title="Recovery codes">
        <p className="mb-4">Two-step sign-in is on. You have {left} left.</p>
        <ConfirmedTotpForm
          email={email}
          intent="codes"
          label="Recovery codes"
          button="Get new codes"
          variant="quiet"
        />
      </Section>
      <Section title="Turn off">
        <ConfirmedTotpForm
          email={email}
          intent="remove"
          label="Turn off two-step sign-in"
          button="Turn off two-step sign-in"
          variant="danger"
        />
      </Section>
    </>
  );
}
