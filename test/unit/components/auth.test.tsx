import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { SignInForm } from "#app/components/auth/sign-in-form.tsx";
import { SignUpForm } from "#app/components/auth/sign-up-form.tsx";
import { failure, show } from "./render.tsx";

describe("the sign-up form", () => {
  it("sends what was typed once, together with where to go next", async () => {
    const { user, sent } = show(<SignUpForm failure={undefined} redirectTo="/settings" />);
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
    show(<SignUpForm failure={undefined} redirectTo="/" />);
    const tokens = ["Name", "Email", "Password"].map((label) =>
      screen.getByLabelText(label).getAttribute("autocomplete"),
    );
    expect(tokens).toEqual(["name", "email", "new-password"]);
  });

  it("ties errors and hints to their fields, keeps what was typed and starts at the first error", () => {
    const refused = failure("signup", {
      errors: { email: ["Email must look like name@example.org."], password: ["Password is required."] },
      values: { name: "Ada", email: "nope" },
    });
    show(<SignUpForm failure={refused} redirectTo="/" />);

    const email = screen.getByLabelText("Email");
    expect(email).toHaveProperty("value", "nope");
    expect(email.getAttribute("aria-invalid")).toBe("true");
    const described = email.getAttribute("aria-describedby")?.split(" ") ?? [];
    expect(described.map((id) => document.getElementById(id)?.textContent)).toEqual([
      "Email must look like name@example.org.",
      "You sign in with it. No mail is sent to it.",
    ]);
    expect(document.activeElement).toBe(email);
    expect(screen.getByLabelText("Name")).toHaveProperty("value", "Ada");
    expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBeNull();
    expect(screen.getByLabelText("Password")).toHaveProperty("value", "");
  });

  it("says nothing twice", () => {
    const message = "This address is registered already.";
    show(
      <SignUpForm failure={failure("signup", { message, errors: { email: [message] } })} redirectTo="/" />,
    );
    expect(screen.getAllByText(message)).toHaveLength(1);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("shows an error that belongs to none of its fields", () => {
    const refused = failure("signup", { errors: { role: ["This field is not known here. Leave it out."] } });
    show(<SignUpForm failure={refused} redirectTo="/" />);
    expect(screen.getByRole("alert").textContent).toContain("This field is not known here.");
  });
});

describe("the sign-in form", () => {
  it("says what was wrong without telling which half", () => {
    const refused = failure("signin", {
      message: "Email or password is not right.",
      values: { email: "a@b.org" },
    });
    show(<SignInForm failure={refused} redirectTo="/dashboard" />);
    expect(screen.getByRole("alert").textContent).toBe("Email or password is not right.");
    expect(screen.getByLabelText("Email")).toHaveProperty("value", "a@b.org");
    expect(screen.getByLabelText("Password").getAttribute("autocomplete")).toBe("current-password");
  });

  it("looks switched off while it is on its way", async () => {
    const { user } = show(<SignInForm failure={undefined} redirectTo="/" />, {
      answer: () => new Promise(() => {}),
    });
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    const button = await screen.findByRole("button", { name: "Signing in …" });
    expect(button.getAttribute("aria-disabled")).toBe("true");
  });
});
