import { ButtonLink } from "#app/components/ui/button.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireNobody } from "#app/http/guards.server.ts";
import { noForm, pageLoader } from "#app/http/page.server.ts";

export const meta = pageTitle("A task list that keeps out of your way");

export const loader = pageLoader(async (visit) => {
  await requireNobody(visit);
  return null;
});

export const action = noForm;

export default function Landing() {
  return (
    <div className="grid gap-6 text-lg">
      <PageHeading>Write it down. Check it off.</PageHeading>
      <p className="max-w-prose">
        Tock keeps your tasks the way a good planner does: one list, no fuss, there when you open it. Yours
        alone, on every device, with or without JavaScript.
      </p>
      <p className="flex flex-wrap gap-3">
        <ButtonLink to="/signup">Sign up</ButtonLink>
        <ButtonLink to="/signin" look="quiet">
          Sign in
        </ButtonLink>
      </p>
    </div>
  );
}
