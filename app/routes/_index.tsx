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

const FEATURES = [
  [
    "Quick on any device",
    "It opens at once, on an old phone and on a slow train. What you type is never lost, even if the connection is.",
  ],
  [
    "Private",
    "No other user can see your tasks. There are no ads and no trackers, and you can see where you're signed in.",
  ],
  [
    "Yours to keep",
    "Take everything with you as one file, whenever you like, or delete it all with one form.",
  ],
] as const;

export default function Landing() {
  return (
    <div className="grid gap-16">
      <div className="grid items-center gap-x-16 gap-y-10 lg:grid-cols-[1fr_24rem]">
        <div className="grid gap-6">
          <PageHeading>Write it down. Check it off.</PageHeading>
          <p className="max-w-prose text-lg">
            A calm page for what you want to do today. Write a line, check it off, and get on with your day.
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
        {FEATURES.map(([title, text]) => (
          <section key={title} className="grid content-start gap-2">
            <h2 className="text-xl font-semibold">{title}</h2>
            <p>{text}</p>
          </section>
        ))}
      </div>
      <div className="border-t border-rule pt-8">
        <p className="max-w-prose text-ink-soft">
          How it's made: every button is a plain HTML form, so Tock works without JavaScript and is quicker
          with it. Use its API from your own programs, or run your own Tock with one command.
        </p>
      </div>
    </div>
  );
}
