import { useLoaderData } from "@remix-run/react";
import { DeleteAccountForm } from "#app/components/settings/delete-account-form.tsx";
import { PasswordForm } from "#app/components/settings/password-form.tsx";
import { ProfileForm } from "#app/components/settings/profile-form.tsx";
import { SessionList } from "#app/components/settings/session-list.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { keepFormOnNetworkError, revalidateOnSuccess } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { Section } from "#app/components/ui/section.tsx";
import { AppError } from "#app/errors.ts";
import { requireUser } from "#app/http/auth/guards.server.ts";
import {
  redirectSignedOut,
  redirectWithNotice,
  redirectWithSession,
} from "#app/http/auth/session-response.server.ts";
import { parseParams } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import {
  type PageContext,
  pageAction,
  pageLoader,
  type SubmittedForm,
} from "#app/http/pages/page-route.server.ts";
import { accountDeletionSchema, passwordChangeSchema, profileSchema } from "#app/schemas/account.ts";
import { sessionParamsSchema } from "#app/schemas/session.ts";
import { changePassword, changeProfile, removeAccount } from "#app/services/accounts.server.ts";
import { getSessions, removeOtherSessions, removeSession } from "#app/services/sessions.server.ts";

export const meta = pageTitle("Settings");
export {
  keepFormOnNetworkError as clientAction,
  PageError as ErrorBoundary,
  pageHeaders as headers,
  revalidateOnSuccess as shouldRevalidate,
};

/** Nobody reads further; a program that signs in again and again leaves thousands. */
const SESSIONS_SHOWN = 20;

export const loader = pageLoader(async (visit) => {
  const session = await requireUser(visit);
  const { name, email } = session.user;
  const sessions = await getSessions(session);
  const shown = sessions.slice(0, SESSIONS_SHOWN);
  return { name, email, sessions: shown, more: sessions.length - shown.length };
});

/** Does what one of the page's forms asks for. @returns the way on, with what to tell about it */
async function perform(visit: PageContext & { form: SubmittedForm }): Promise<Response> {
  const session = await requireUser(visit);
  const { form, context } = visit;
  const stay = (notice: string) => redirectWithNotice(visit, "/settings", notice);
  switch (form.intent) {
    case "profile":
      await changeProfile(session, form.parse(profileSchema), context.client);
      return stay("Name and email saved.");
    case "password": {
      const change = form.parse(passwordChangeSchema);
      const { token } = await changePassword(session, change, context.client, { rotate: true });
      return redirectWithSession(
        token,
        "/settings",
        "Password changed. Every other device has been signed out.",
      );
    }
    case "end-session": {
      const { id } = parseParams({ id: form.get("id") }, sessionParamsSchema);
      const wasThisOne = await removeSession(session, id);
      return wasThisOne ? redirectSignedOut("/", "You are signed out.") : stay("Session ended.");
    }
    case "end-others":
      await removeOtherSessions(session);
      return stay("Every other device has been signed out.");
    case "delete-account":
      await removeAccount(session, form.parse(accountDeletionSchema), context.client);
      return redirectSignedOut("/", "Your account and everything in it has been deleted.");
    default:
      throw new AppError("BAD_REQUEST", "This page does not know what to do with that form.");
  }
}

export const action = pageAction(async (visit) => {
  const answer = await perform(visit);
  // The same address again is no step to go back over.
  answer.headers.set("X-Remix-Replace", "true");
  return answer;
});

export default function Settings() {
  const { sessions, more, ...user } = useLoaderData<typeof loader>();

  return (
    <div className="grid gap-10">
      <PageHeading>Settings</PageHeading>
      <Section title="You">
        <ProfileForm user={user} />
      </Section>
      <Section title="Password">
        <PasswordForm email={user.email} />
      </Section>
      <Section title="Where you are signed in">
        <SessionList sessions={sessions} more={more} />
      </Section>
      <Section title="Your data">
        <div className="grid justify-items-start gap-4">
          <p>Your tasks, your account and your sessions, all in one JSON file.</p>
          <ButtonLink to="/api/auth/export" variant="quiet" reloadDocument download>
            Export everything
          </ButtonLink>
        </div>
      </Section>
      <Section title="Delete account">
        <DeleteAccountForm email={user.email} />
      </Section>
    </div>
  );
}
