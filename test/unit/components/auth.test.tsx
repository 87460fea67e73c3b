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

const descriptionsOf = (field: HTMLElement) =>
  (field.getAttribute("aria-describedby") ?? "")
    .split(" ")
    .map((id) => document.getElementById(id)?.textContent ?? "");

describe("SignUpForm", () => {
  it("submits its fields and the redirect target once on a double click", async () => {
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

  it("marks its fields for password managers", () => {
    renderRoute(<SignUpForm redirectTo="/" />);
    const tokens = ["Name", "Email", "Password"].map((label) =>
      screen.getByLabelText(label).getAttribute("autocomplete"),
    );
    expect(tokens).toEqual(["name", "email", "new-password"]);
  });

  it("keeps its input after a failure, describes invalid fields by their errors and focuses the first one", () => {
    const failure = formFailureOf("signup", {
      errors: { email: ["Enter an address like name@example.org."], password: ["Enter your password."] },
      values: { name: "Ada", email: "nope" },
    });
    renderRoute(<SignUpForm redirectTo="/" />, { failure });

    const email = screen.getByLabelText("Email");
    expect(email).toHaveProperty("value", "nope");
    expect(email.getAttribute("aria-invalid")).toBe("true");
    expect(descriptionsOf(email)).toEqual([
      "Enter an address like name@example.org.",
      "You sign in with it. Tock sends it no newsletters.",
    ]);
    expect(document.activeElement).toBe(email);
    expect(screen.getByLabelText("Name")).toHaveProperty("value", "Ada");
    expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBeNull();
    expect(screen.getByLabelText("Password")).toHaveProperty("value", "");
  });

  it("displays a message once that is also the error of a field", () => {
    const message = "This address is registered already.";
    const failure = formFailureOf("signup", { message, errors: { email: [message] } });
    renderRoute(<SignUpForm redirectTo="/" />, { failure });
    expect(screen.getAllByText(message)).toHaveLength(1);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("displays an error of a field that it does not have", () => {
    const failure = formFailureOf("signup", {
      errors: { role: ["This field is not known here. Leave it out."] },
    });
    renderRoute(<SignUpForm redirectTo="/" />, { failure });
    expect(screen.getByRole("alert").textContent).toContain("This field is not known here.");
  });
});

describe("SignUpForm, before submission", () => {
  it("displays the errors of all fields, focuses the first one and submits nothing", async () => {
    const { user, sent } = renderRoute(<SignUpForm redirectTo="/" />);
    await user.type(screen.getByLabelText("Email"), "nope");
    await user.type(screen.getByLabelText("Password"), "short");
    await user.click(screen.getByRole("button", { name: "Sign up" }));

    expect(descriptionsOf(screen.getByLabelText("Name"))).toEqual(["Enter a name."]);
    expect(descriptionsOf(screen.getByLabelText("Email"))[0]).toBe("Enter an address like name@example.org.");
    expect(descriptionsOf(screen.getByLabelText("Password"))[0]).toBe("Use at least 8 characters.");
    expect(document.activeElement).toBe(screen.getByLabelText("Name"));
    expect(sent).toEqual([]);

    await user.type(screen.getByLabelText("Name"), "Ada");
    expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBeNull();
    await user.type(screen.getByLabelText("Email"), "@example.org");
    await user.type(screen.getByLabelText("Password"), "er than it was{Enter}");
    await waitFor(() => expect(sent).toHaveLength(1));
  });

  it("displays a hint on the password at once and announces it after a pause", async () => {
    const { user } = renderRoute(<SignUpForm redirectTo="/" />);
    const password = screen.getByLabelText("Password");
    const announced = screen.getByText(/hard to guess/, { selector: "[role=status]" });
    await user.type(screen.getByLabelText("Email"), "ada.lovelace@example.org");
    await user.type(password, "baseb");
    expect(screen.getByText("3 more characters needed.", { selector: "[aria-hidden]" })).toBeTruthy();
    await user.type(password, "all");
    await screen.findByText(/^That password is too common/, { selector: "[aria-hidden]" });
    await user.clear(password);
    await user.type(password, "Ada.Lovelace");
    await screen.findByText(/^Your password can't be your own email address/, { selector: "[aria-hidden]" });
    await user.type(password, " and the engine");
    await screen.findByText(/^Good/, { selector: "[aria-hidden]" });
    expect(announced.textContent).toMatch(/hard to guess/);
    await waitFor(() => expect(announced.textContent).toMatch(/^Good/));
    await user.clear(password);
    expect(screen.getByText(/hard to guess/, { selector: "[aria-hidden]" })).toBeTruthy();
  });
});

describe("PasswordField", () => {
  it("reveals the password on request and hides it on submission", async () => {
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

  it("hides the reveal button in server-rendered HTML", async () => {
    const element = <SignInForm redirectTo="/" />;
    const routes = [{ path: "*", element }];
    const { query } = createStaticHandler(routes, { future: FUTURE_FLAGS });
    const context = (await query(new Request("http://localhost/signin"))) as StaticHandlerContext;
    const router = createStaticRouter(routes, context, { future: FUTURE_FLAGS });
    const html = renderToString(<StaticRouterProvider router={router} context={context} hydrate={false} />);
    expect(/<button[^>]*>Show/.exec(html)?.[0]).toContain('hidden=""');
  });
});

describe("SignInForm", () => {
  it("requires both fields and checks nothing else", async () => {
    const { user, sent } = renderRoute(<SignInForm redirectTo="/" />);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect(screen.getByText("Enter your email.")).toBeTruthy();
    expect(screen.getByText("Enter your password.")).toBeTruthy();
    await user.type(screen.getByLabelText("Email"), "ada");
    await user.type(screen.getByLabelText("Password"), "x{Enter}");
    await waitFor(() => expect(sent).toMatchObject([{ email: "ada", password: "x" }]));
  });

  it("marks the email as the user name for password managers", () => {
    renderRoute(<SignInForm redirectTo="/" />);
    const tokens = ["Email", "Password"].map((label) =>
      screen.getByLabelText(label).getAttribute("autocomplete"),
    );
    expect(tokens).toEqual(["username", "current-password"]);
  });

  it("displays a failure of the credentials without naming a field", () => {
    const failure = formFailureOf("signin", {
      message: "That email and password don't match.",
      values: { email: "a@b.org" },
    });
    renderRoute(<SignInForm redirectTo="/dashboard" />, { failure });
    expect(screen.getByRole("alert").textContent).toBe("That email and password don't match.");
    expect(screen.getByLabelText("Email")).toHaveProperty("value", "a@b.org");
    expect(screen.getByLabelText("Password").getAttribute("autocomplete")).toBe("current-password");
  });

  it("disables its button while it is pending", async () => {
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
