import { screen, waitFor } from "@testing-library/react";
import { renderToString } from "react-dom/server";
import {
  createStaticHandler,
  createStaticRouter,
  type StaticHandlerContext,
  StaticRouterProvider,
} from "react-router-dom/server";
import { describe, expect, it } from "vitest";
import { SignInForm } from "#app/components/auth/sign-in-form.tsx";
import { SignUpForm } from "#app/components/auth/sign-up-form.tsx";
import { FUTURE_FLAGS, formFailureOf, renderRoute } from "../../support/render-route.tsx";

const described = (field: HTMLElement) =>
  (field.getAttribute("aria-describedby") ?? "")
    .split(" ")
    .map((id) => document.getElementById(id)?.textContent ?? "");

describe("the sign-up form", () => {
  it("sends what was typed once, together with where to go next", async () => {
    const { user, sent } = renderRoute(<SignUpForm redirectTo="/settings" />);
    await user.type(screen.getByLabelText("Name"), "Ada");
    await user.type(screen.getByLabelText("Email"), "ada@example.org");
    await user.type(screen.getByLabelText("Password"), "correct horse");
    await user.dblClick(screen.getByRole("button", { name: "Sign up" }));

    expect(sent).toEqual([
      {
        intent: "signup",
        redirectTo: "/settings",
        name: "Ada",
        email: "ada@example.org",
        password: "correct horse",
      },
    ]);
  });

  it("tells password managers what each field is", () => {
    renderRoute(<SignUpForm redirectTo="/" />);
    const tokens = ["Name", "Email", "Password"].map((label) =>
      screen.getByLabelText(label).getAttribute("autocomplete"),
    );
    expect(tokens).toEqual(["name", "email", "new-password"]);
  });

  it("ties errors and hints to their fields, keeps what was typed and starts at the first error", () => {
    const refused = formFailureOf("signup", {
      errors: { email: ["Email must look like name@example.org."], password: ["Password is required."] },
      values: { name: "Ada", email: "nope" },
    });
    renderRoute(<SignUpForm redirectTo="/" />, { failure: refused });

    const email = screen.getByLabelText("Email");
    expect(email).toHaveProperty("value", "nope");
    expect(email.getAttribute("aria-invalid")).toBe("true");
    expect(described(email)).toEqual([
      "Email must look like name@example.org.",
      "You sign in with it. Tock sends no email to it.",
    ]);
    expect(document.activeElement).toBe(email);
    expect(screen.getByLabelText("Name")).toHaveProperty("value", "Ada");
    expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBeNull();
    expect(screen.getByLabelText("Password")).toHaveProperty("value", "");
  });

  it("says nothing twice", () => {
    const message = "This address is registered already.";
    const failure = formFailureOf("signup", { message, errors: { email: [message] } });
    renderRoute(<SignUpForm redirectTo="/" />, { failure });
    expect(screen.getAllByText(message)).toHaveLength(1);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("shows an error that belongs to none of its fields", () => {
    const refused = formFailureOf("signup", {
      errors: { role: ["This field is not known here. Leave it out."] },
    });
    renderRoute(<SignUpForm redirectTo="/" />, { failure: refused });
    expect(screen.getByRole("alert").textContent).toContain("This field is not known here.");
  });
});

describe("the sign-up form, before it is sent", () => {
  it("says all that is wrong in the server's words, starts at the first, and sends nothing", async () => {
    const { user, sent } = renderRoute(<SignUpForm redirectTo="/" />);
    await user.type(screen.getByLabelText("Email"), "nope");
    await user.type(screen.getByLabelText("Password"), "short");
    await user.click(screen.getByRole("button", { name: "Sign up" }));

    expect(described(screen.getByLabelText("Name"))).toEqual(["Name is required."]);
    expect(described(screen.getByLabelText("Email"))[0]).toBe("Email must look like name@example.org.");
    expect(described(screen.getByLabelText("Password"))[0]).toBe(
      "Password must be at least 8 characters long.",
    );
    expect(document.activeElement).toBe(screen.getByLabelText("Name"));
    expect(sent).toEqual([]);

    await user.type(screen.getByLabelText("Name"), "Ada");
    expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBeNull();
    await user.type(screen.getByLabelText("Email"), "@example.org");
    await user.type(screen.getByLabelText("Password"), "er than it was{Enter}");
    await waitFor(() => expect(sent).toHaveLength(1));
  });

  it("weighs the password as it is typed, and speaks when the keys rest", async () => {
    const { user } = renderRoute(<SignUpForm redirectTo="/" />);
    const password = screen.getByLabelText("Password");
    const spoken = screen.getByText(/hard to guess/, { selector: "[role=status]" });
    await user.type(screen.getByLabelText("Email"), "ada.lovelace@example.org");
    await user.type(password, "baseb");
    expect(screen.getByText("3 more characters needed.", { selector: "[aria-hidden]" })).toBeTruthy();
    await user.type(password, "all");
    await screen.findByText(/^Password is too common/, { selector: "[aria-hidden]" });
    await user.clear(password);
    await user.type(password, "Ada.Lovelace");
    await screen.findByText(/^Password must not be your own email address/, { selector: "[aria-hidden]" });
    await user.type(password, " and the engine");
    await screen.findByText(/^Good/, { selector: "[aria-hidden]" });
    expect(spoken.textContent).toMatch(/hard to guess/);
    await waitFor(() => expect(spoken.textContent).toMatch(/^Good/));
    await user.clear(password);
    expect(screen.getByText(/hard to guess/, { selector: "[aria-hidden]" })).toBeTruthy();
  });
});

describe("a password", () => {
  it("may be looked at, and is a password again when it is sent", async () => {
    const { user, sent } = renderRoute(<SignInForm redirectTo="/" />);
    const password = screen.getByLabelText("Password");
    await user.type(screen.getByLabelText("Email"), "ada@example.org");
    await user.type(password, "a lantern");
    expect(password).toHaveProperty("type", "password");
    await user.click(screen.getByRole("button", { name: "Show password" }));
    expect(password).toHaveProperty("type", "text");
    expect([password.getAttribute("spellcheck"), password.getAttribute("autocapitalize")]).toEqual([
      "false",
      "none",
    ]);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect(password).toHaveProperty("type", "password");
    await waitFor(() => expect(sent).toHaveLength(1));
    await screen.findByRole("button", { name: "Sign in" });
    expect(password).toHaveProperty("value", "a lantern");
    await user.click(screen.getByRole("button", { name: "Show password" }));
    await user.click(screen.getByRole("button", { name: "Hide password" }));
    expect(password).toHaveProperty("type", "password");
  });

  it("offers that only where scripts run", async () => {
    const element = <SignInForm redirectTo="/" />;
    const routes = [{ path: "*", element }];
    const { query } = createStaticHandler(routes, { future: FUTURE_FLAGS });
    const context = (await query(new Request("http://localhost/signin"))) as StaticHandlerContext;
    const router = createStaticRouter(routes, context, { future: FUTURE_FLAGS });
    const html = renderToString(<StaticRouterProvider router={router} context={context} hydrate={false} />);
    expect(/<button[^>]*>Show/.exec(html)?.[0]).toContain('hidden=""');
  });
});

describe("the sign-in form", () => {
  it("asks for both, and leaves the rest to the answer", async () => {
    const { user, sent } = renderRoute(<SignInForm redirectTo="/" />);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect(screen.getByText("Email is required.")).toBeTruthy();
    expect(screen.getByText("Password is required.")).toBeTruthy();
    await user.type(screen.getByLabelText("Email"), "ada");
    await user.type(screen.getByLabelText("Password"), "x{Enter}");
    await waitFor(() => expect(sent).toMatchObject([{ email: "ada", password: "x" }]));
  });

  it("tells password managers which name goes with the password", () => {
    renderRoute(<SignInForm redirectTo="/" />);
    const tokens = ["Email", "Password"].map((label) =>
      screen.getByLabelText(label).getAttribute("autocomplete"),
    );
    expect(tokens).toEqual(["username", "current-password"]);
  });

  it("says what was wrong without telling which half", () => {
    const refused = formFailureOf("signin", {
      message: "Incorrect email or password.",
      values: { email: "a@b.org" },
    });
    renderRoute(<SignInForm redirectTo="/dashboard" />, { failure: refused });
    expect(screen.getByRole("alert").textContent).toBe("Incorrect email or password.");
    expect(screen.getByLabelText("Email")).toHaveProperty("value", "a@b.org");
    expect(screen.getByLabelText("Password").getAttribute("autocomplete")).toBe("current-password");
  });

  it("looks switched off while it is on its way", async () => {
    const { user } = renderRoute(<SignInForm redirectTo="/" />, {
      answer: () => new Promise(() => {}),
    });
    await user.type(screen.getByLabelText("Email"), "ada@example.org");
    await user.type(screen.getByLabelText("Password"), "a lantern");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    const button = await screen.findByRole("button", { name: "Signing in…" });
    expect(button.getAttribute("aria-disabled")).toBe("true");
  });
});
