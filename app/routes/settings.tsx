import { useActionData, useLoaderData } from "@remix-run/react";
import { PasswordForm } from "#app/components/settings/password-form.tsx";
import { ProfileForm } from "#app/components/settings/profile-form.tsx";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { Section } from "#app/components/ui/section.tsx";
import { AppError } from "#app/errors.ts";
import { errorHeaders } from "#app/http/error-headers.ts";
import { requireUser } from "#app/http/guards.server.ts";
import { pageAction, pageLoader, type SubmittedForm } from "#app/http/page.server.ts";
import { redirectWithNotice } from "#app/http/session.server.ts";
import { passwordChangeSchema, profileSchema } from "#app/schemas/account.ts";
import {
  type Client,
  changePassword,
  changeProfile,
  type LiveSession,
} from "#app/services/accounts.server.ts";

export const meta = pageTitle("Settings");
export { errorHeaders as headers, PageError as ErrorBoundary };

export const loader = pageLoader(async (visit) => {
  const { user } = await requireUser(visit);
  return { name: user.name, email: user.email };
});

/** Does what one of the page's forms asks for. @returns what to tell about it */
async function perform(session: LiveSession, form: SubmittedForm, client: Client): Promise<string> {
  switch (form.intent) {
    case "profile":
      await changeProfile(session, form.parse(profileSchema));
      return "Name and email saved.";
    case "password":
      await changePassword(session, form.parse(passwordChangeSchema), client);
      return "Password changed. Every other device has been signed out.";
    default:
      throw new AppError("BAD_REQUEST", "This page does not know what to do with that form.");
  }
}

export const action = pageAction(async (visit) => {
  const session = await requireUser(visit);
  const notice = await perform(session, visit.form, visit.context.client);
  return redirectWithNotice(visit, "/settings", notice);
});

export default function Settings() {
  const user = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();

  return (
    <div className="grid gap-10">
      <PageHeading>Settings</PageHeading>
      <Section title="You">
        <ProfileForm user={user} failure={failure} />
      </Section>
      <Section title="Password">
        <PasswordForm email={user.email} failure={failure} />
      </Section>
    </div>
  );
}
