import { PlannerPicture } from "#app/components/landing/planner-picture.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireAnonymous } from "#app/http/auth/guards.server.ts";
import { methodNotAllowed, pageLoader } from "#app/http/pages/page-route.server.ts";

export const meta = pageTitle("A task list that keeps out of your way");

export const loader = pageLoader(async (context) => {
  requireAnonymous(context);
  return null;
});

export const action = methodNotAllowed;

const REASONS = [
  [
    "Every button is a form",
    "It answers before JavaScript has loaded, when it fails to, and where it is turned off. Where it runs, nothing waits.",
  ],
  [
    "Nobody else sees a thing",
    "Each task is asked for by its owner. See where you are signed in, and end any of it with a press.",
  ],
  [
    "Yours to take along",
    "All you wrote in one file, an API for your programs, and one command to run a Tock of your own.",
  ],
] as const;

export default function Landing() {
  return (
    <div className="grid gap-16">
      <div className="grid items-center gap-x-16 gap-y-10 lg:grid-cols-[1fr_24rem]">
        <div className="grid gap-6">
          <PageHeading>Write it down. Check it off.</PageHeading>
          <p className="max-w-prose text-lg">
            Tock is the task list that works before, without, and long after JavaScript loads: one calm page,
            yours alone, on whatever you have at hand.
          </p>
          <p className="flex flex-wrap gap-3">
            <ButtonLink to="/signup">Sign up</ButtonLink>
            <ButtonLink to="/signin" variant="quiet">
              Sign in
            </ButtonLink>
          </p>
        </div>
        <PlannerPicture />
      </div>
      <div className="grid gap-x-10 gap-y-8 border-t border-rule pt-8 sm:grid-cols-3">
        {REASONS.map(([title, text]) => (
          <section key={title} className="grid content-start gap-2">
            <h2 className="text-xl font-semibold">{title}</h2>
            <p>{text}</p>
          </section>
        ))}
      </div>
    </div>
  );
}
