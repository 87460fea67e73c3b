import { Form, Link, NavLink } from "@remix-run/react";
import { Button } from "./button.tsx";
import { Logo } from "./logo.tsx";

const SIGNED_IN_LINKS = [
  ["/dashboard", "Tasks"],
  ["/settings", "Settings"],
] as const;
const SIGNED_OUT_LINKS = [
  ["/signin", "Sign in"],
  ["/signup", "Sign up"],
] as const;

interface SiteHeaderProps {
  /** undefined if the root loader failed: the header then shows no menu instead of a wrong one. */
  signedIn: boolean | undefined;
}

export function SiteHeader({ signedIn }: SiteHeaderProps) {
  const links = signedIn === undefined ? [] : signedIn ? SIGNED_IN_LINKS : SIGNED_OUT_LINKS;

  return (
    <header className="border-b border-rule">
      <div className="mx-auto flex max-w-page flex-wrap items-center px-4 sm:py-1">
        <Link
          to="/"
          className="mr-auto inline-flex min-h-target min-w-target items-center gap-2 pr-2 font-serif text-xl font-semibold"
        >
          <Logo />
          <span className="max-[21.5rem]:sr-only">Tock</span>
        </Link>
        {links.length > 0 && (
          <nav aria-label="Main" className={signedIn ? "" : "-mr-2"}>
            <ul className="flex">
              {links.map(([to, name]) => (
                <li key={to}>
                  <NavLink to={to} className="site-link">
                    {name}
                  </NavLink>
                </li>
              ))}
            </ul>
          </nav>
        )}
        {signedIn && (
          <Form method="post" action="/signout" className="-mr-2">
            <Button variant="plain">Sign out</Button>
          </Form>
        )}
      </div>
    </header>
  );
}
