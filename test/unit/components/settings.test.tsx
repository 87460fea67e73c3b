import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { PasswordForm } from "#app/components/settings/password-form.tsx";
import { ProfileForm } from "#app/components/settings/profile-form.tsx";
import { failure, show } from "./render.tsx";

describe("the profile form", () => {
  it("starts from the account and sends the changes", async () => {
    const { user, sent } = show(
      <ProfileForm user={{ name: "Ada", email: "ada@example.org" }} failure={undefined} />,
    );
    await user.type(screen.getByLabelText("Name"), " Lovelace");
    await user.click(screen.getByRole("button", { name: "Save name and email" }));
    expect(sent).toEqual([{ intent: "profile", name: "Ada Lovelace", email: "ada@example.org" }]);
  });

  it("leaves the failures of the page's other forms alone", () => {
    show(<ProfileForm user={{ name: "Ada", email: "a@b.org" }} failure={failure("password")} />);
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("the password form", () => {
  it("is empty again once the password has been changed", async () => {
    const { user, sent } = show(<PasswordForm email="ada@example.org" failure={undefined} />);
    await user.type(screen.getByLabelText("Current password"), "old one here");
    await user.type(screen.getByLabelText("New password"), "new one here");
    await user.click(screen.getByRole("button", { name: "Change password" }));

    await waitFor(() => expect(screen.getByLabelText("New password")).toHaveProperty("value", ""));
    expect(sent).toEqual([
      { intent: "password", current_password: "old one here", password: "new one here" },
    ]);
  });
});
