import { useLoaderData } from "@remix-run/react";
import { DeleteAccountForm } from "#app/components/settings/delete-account-form.tsx";
import { PasswordForm } from "#app/components/settings/password-form.tsx";
import { ProfileForm } from "#app/components/settings/profile-form.tsx";
import { SessionList } from "#app/components/settings/session-list.tsx";
import { ThemeForm } from "#app/components/settings/theme-form.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { keepFormOnNetworkError, revalidateOnSuccess } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { Section } from "#app/components/ui/section.tsx";
import { unknownFormError } from "#app/errors.ts";
import { requireUser } from "#app/http/auth/guards.server.ts";
import {
  redirectSignedOut,
  redirectWithNotice,
  redirectWithSession,
} from "#app/http/auth/session-response.server.ts";
import type { SetCookie } from "#app/http/cookies/attributes.server.ts";
import { deviceCookieForNewEmail } from "#app/http/cookies/device-cookie.server.ts";
import { readTheme, themeCookie, themeFrom } from "#app/http/cookies/theme-cookie.server.ts";
import { parseParams } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { type FormContext, pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { accountDeletionSchema, passwordChangeSchema, profileSchema } from "#app/schemas/account.ts";
import { sessionParamsSchema } from "#app/schemas/session.ts";
import { changePassword, changeProfile, removeAccount } from "#app/services/accounts.server.ts";
import { getPendingEmail } from "#app/services/email-change.server.ts";
import { sendsMail } from "#app/services/mail/mailer.server.ts";
import { getSessions, removeOtherSessions, removeSession } from "#app/services/sessions.server.ts";
import { getTotp } from "#app/services/totp.server.ts";

export const meta = pageTitle("Settings");
export {
  keepFormOnNetworkError as clientAction,
  PageError as ErrorBoundary,
  pageHeaders as headers,
  revalidateOnSuccess as shouldRevalidate,
};

/** A script that signs in repeatedly leaves thousands of sessions. */
const MAX_SESSIONS_SHOWN = 20;

export const loader = pageLoader(async (context) => {
  const session = await requireUser(context);
  const { name, email } = session.user;
  const [sessions, totp, pendingEmail] = await Promise.all([
    getSessions(session),
    getTotp(session),
    getPendingEmail(session.user),
  ]);
  const shown = sessions.slice(0, MAX_SESSIONS_SHOWN);
  const theme = readTheme(context.request);
  return {
    name,
    email,
    sessions: shown,
    more: sessions.length - shown.length,
    theme,
    hasTotp: totp.status === "on",
    confirmsEmail: sendsMail(),
    pendingEmail,
  };
});

/** Processes one of the page's forms. @returns a redirect with a notice */
async function processForm(context: FormContext): Promise<Response> {
  const session = await requireUser(context);
  const { form, client } = context;
  const redirectHere = (notice: string, cookies?: SetCookie[]) =>
    redirectWithNotice(context, "/settings", notice, cookies);
  switch (form.intent) {
    case "profile": {
      const { user, pendingEmail } = await changeProfile(session, form.parse(profileSchema), client);
      const emails = { before: session.user.email, after: user.email };
      return redirectHere(
        pendingEmail ? "Saved. Now open the link in our mail to your new email." : "Name and email saved.",
        deviceCookieForNewEmail(context.request, emails, context),
      );
    }
    case "password": {
      const change = form.parse(passwordChangeSchema);
      const { token } = await changePassword(session, change, client, { rotate: true });
      return redirectWithSession(
        context,
        token,
        "/settings",
        "Password changed. Your other devices are signed out.",
      );
    }
    case "end-session": {
      const { id } = parseParams({ id: form.get("id") }, sessionParamsSchema);
      const wasCurrent = await removeSession(session, id, client);
      return wasCurrent
        ? redirectSignedOut(context, "/", { text: "You're signed out.", signed_out: true })
        : redirectHere("That device is signed out.");
    }
    case "end-others":
      await removeOtherSessions(session, client);
      return redirectHere("Your other devices are signed out.");
    case "theme":
      return redirectHere("Theme saved.", [themeCookie(themeFrom(form.get("theme")), context)]);
    case "delete-account":
      await removeAccount(session, form.parse(accountDeletionSchema), client);
      return redirectSignedOut(context, "/", {
        text: "Your account and everything in it have been deleted.",
        signed_out: true,
      });
    default:
      throw unknownFormError();
  }
}

export const action = pageAction(processForm);

export default function Settings() {
  const { sessions, more, theme, hasTotp, ...profile } = useLoaderData<typeof loader>();

  return (
    <div className="grid gap-10">
      <PageHeading>Settings</PageHeading>
      <Section title="Profile">
        <ProfileForm {...profile} />
      </Section>
      <Section title="Password">
        <PasswordForm email={profile.email} />
      </Section>
      <Section title="Two-step sign-in">
        <div className="grid justify-items-start gap-4">
          <p>
            {hasTotp
              ? "On: after your password, Tock asks for a code from your authenticator app."
              : "Off. Turn it on to protect your account with a code from an authenticator app."}
          </p>
          <ButtonLink to="/settings/totp" variant="quiet">
            {hasTotp ? "Change two-step sign-in" : "Turn on two-step sign-in"}
          </ButtonLink>
        </div>
      </Section>
      <Section title="Access tokens">
        <div className="grid justify-items-start gap-4">
          <p>Let a script or another app use your tasks without your password.</p>
          <ButtonLink to="/settings/tokens" variant="quiet">
            Manage access tokens
          </ButtonLink>
        </div>
      </Section>
      <Section title="Where you're signed in">
        <SessionList sessions={sessions} more={more} />
      </Section>
      <Section title="Theme">
        <ThemeForm theme={theme} />
      </Section>
      <Section title="Your data">
        <div className="grid justify-items-start gap-4">
          <p>Download your account, tasks and sessions as one JSON file.</p>
          <ButtonLink to="/api/auth/export" variant="quiet" reloadDocument download>
            Export everything
          </ButtonLink>
        </div>
      </Section>
      <Section title="Delete account">
        <DeleteAccountForm email={profile.email} />
      </Section>
    </div>
  );
}
