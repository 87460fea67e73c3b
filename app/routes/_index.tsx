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
    "Works without JavaScript",
    "Every button is a plain HTML form, so it works before JavaScript loads and where it is turned off. With JavaScript, changes appear at once.",
  ],
  [
    "Private",
    "Only you can see your tasks. Check where you are signed in, and end any session with one click.",
  ],
  [
    "Your data is yours",
    "Export everything as one file, use the API from your own programs, or run your own Tock with one command.",
  ],
] as const;

export default function Landing() {
  return (
    <div className="grid gap-16">
      <div className="grid items-center gap-x-16 gap-y-10 lg:grid-cols-[1fr_24rem]">
        <div className="grid gap-6">
          <PageHeading>Write it down. Check it off.</PageHeading>
          <p className="max-w-prose text-lg">
            Tock is a calm task list on one page. It is private, it is quick, and it works in any browser,
            with or without JavaScript.
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
    </div>
  );
}
