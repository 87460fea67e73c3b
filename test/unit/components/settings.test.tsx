import { render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { DeleteAccountForm } from "#app/components/settings/delete-account-form.tsx";
import { PasswordForm } from "#app/components/settings/password-form.tsx";
import { ProfileForm } from "#app/components/settings/profile-form.tsx";
import { RecoveryCodes } from "#app/components/settings/recovery-codes.tsx";
import { SessionList } from "#app/components/settings/session-list.tsx";
import { ConfirmedTotpForm } from "#app/components/settings/totp-forms.tsx";
import type { SessionInfo } from "#app/schemas/session.ts";
import { formFailureOf, renderRoute } from "../../support/render-route.tsx";

const PROFILE = { name: "Ada", confirmsEmail: false, pendingEmail: undefined };

describe("ProfileForm", () => {
  it("starts with the account's values and submits the changes", async () => {
    const { user, sent } = renderRoute(<ProfileForm {...PROFILE} email="ada@example.org" />);
    await user.type(screen.getByLabelText("Name"), " Lovelace");
    await user.click(screen.getByRole("button", { name: "Save name and email" }));
    expect(sent).toEqual([
      { intent: "profile", name: "Ada Lovelace", email: "ada@example.org", current_password: "" },
    ]);
  });

  it("sends the password that confirms a new email, and then clears it", async () => {
    const { user, sent } = renderRoute(<ProfileForm {...PROFILE} email="ada@example.org" />);
    const password = screen.getByLabelText("Confirm with your password");
    await user.type(screen.getByLabelText("Email"), ".uk");
    await user.type(password, "a lantern");
    await user.click(screen.getByRole("button", { name: "Save name and email" }));
    expect(sent).toMatchObject([{ email: "ada@example.org.uk", current_password: "a lantern" }]);
    await waitFor(() => expect(password).toHaveProperty("value", ""));
  });

  it("ignores the failures of the page's other forms", () => {
    renderRoute(<ProfileForm {...PROFILE} email="a@b.org" />, {
      failure: formFailureOf("password"),
    });
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("PasswordForm", () => {
  it("is empty after the password has been changed", async () => {
    const { user, sent } = renderRoute(<PasswordForm email="ada@example.org" />);
    await user.type(screen.getByLabelText("Current password"), "old one here");
    await user.type(screen.getByLabelText("New password"), "new one here");
    await user.click(screen.getByRole("button", { name: "Change password" }));

    await waitFor(() => expect(screen.getByLabelText("New password")).toHaveProperty("value", ""));
    expect(sent).toEqual([
      { intent: "password", current_password: "old one here", password: "new one here" },
    ]);
  });
});

describe("ConfirmedTotpForm", () => {
  it("is empty after the change", async () => {
    const { user, sent } = renderRoute(
      <ConfirmedTotpForm
        email="ada@example.org"
        intent="codes"
        label="New recovery codes"
        button="Get new codes"
        variant="quiet"
      />,
    );
    const [password, code] = [screen.getByLabelText("Your password"), screen.getByLabelText("Code")];
    await user.type(password, "a lantern");
    await user.type(code, "123456");
    await user.click(screen.getByRole("button", { name: "Get new codes" }));
    await waitFor(() => expect(password).toHaveProperty("value", ""));
    expect(code).toHaveProperty("value", "");
    expect(sent).toEqual([{ intent: "codes", password: "a lantern", totp_code: "123456" }]);
  });
});

describe("RecoveryCodes", () => {
  it("takes the focus, also when new codes replace others", () => {
    const { rerender } = render(<RecoveryCodes codes={["a"]} />);
    const heading = screen.getByRole("heading");
    expect(document.activeElement).toBe(heading);
    heading.blur();
    rerender(<RecoveryCodes codes={["b"]} />);
    expect(document.activeElement).toBe(heading);
  });
});

const session = (id: string, rest: Partial<SessionInfo> = {}): SessionInfo => ({
  id,
  device: `Device ${id}`,
  address: "192.0.2.1",
  created_at: "2026-03-01T09:00:00.000Z",
  last_used_at: "2026-03-03T14:05:09.000Z",
  expires_at: "2026-03-10T14:05:09.000Z",
  current: false,
  ...rest,
});
const HERE = session("here", { current: true });

describe("SessionList", () => {
  it("displays device, address and last use of each session, and marks the current one", () => {
    renderRoute(<SessionList sessions={[HERE, session("b", { address: null })]} more={0} />);
    const [here, other] = within(screen.getByRole("list", { name: "Sessions" })).getAllByRole("listitem");
    expect(here?.textContent).toBe("Device here192.0.2.1This device");
    expect(within(here as HTMLElement).queryByRole("button")).toBeNull();
    expect(other?.textContent).toContain("Device bCan't tell from whereLast used 3 March 2026, 14:05 UTC");
    expect(other?.querySelector("time")?.dateTime).toBe("2026-03-03T14:05:09.000Z");
    expect(screen.queryByText(/more, used longer ago/)).toBeNull();
  });

  it("submits the id of the session to end, or the request to end all others", async () => {
    const { user, sent } = renderRoute(
      <SessionList sessions={[HERE, session("b"), session("c")]} more={2} />,
    );
    await user.click(screen.getByRole("button", { name: /^Sign out: Device c, 192\.0\.2\.1/ }));
    await waitFor(() => expect(sent).toEqual([{ intent: "end-session", id: "c" }]));
    await user.click(screen.getByRole("button", { name: "Sign out everywhere else" }));
    await waitFor(() => expect(sent[1]).toEqual({ intent: "end-others" }));
    expect(screen.getByText(/And 2 more/)).toBeTruthy();
  });

  it("has no buttons if there is only the current session", () => {
    renderRoute(<SessionList sessions={[HERE]} more={0} />);
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("displays a failure beside the session that it refers to", () => {
    const failure = formFailureOf("end-session", { message: "The database is down.", values: { id: "c" } });
    renderRoute(<SessionList sessions={[HERE, session("b"), session("c")]} more={0} />, { failure });
    const alert = screen.getByRole("alert");
    expect(alert.textContent).toBe("The database is down.");
    expect(alert.closest("li")?.textContent).toContain("Device c");
  });
});

describe("DeleteAccountForm", () => {
  it("submits only the password", async () => {
    const { user, sent } = renderRoute(<DeleteAccountForm email="ada@example.org" />);
    await user.type(screen.getByLabelText("Your password"), "a lantern");
    await user.click(screen.getByRole("button", { name: "Delete account" }));
    expect(sent).toEqual([{ intent: "delete-account", password: "a lantern" }]);
  });

  it("displays the error of a wrong password at its field", () => {
    const message = "That password isn't right.";
    const failure = formFailureOf("delete-account", { message, errors: { password: [message] } });
    renderRoute(<DeleteAccountForm email="ada@example.org" />, { failure });
    const field = screen.getByLabelText("Your password");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(field).toHaveProperty("value", "");
    expect(screen.getAllByText(message)).toHaveLength(1);
  });
});
