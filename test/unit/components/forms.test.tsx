import { render, screen, waitFor } from "@testing-library/react";
import { Suspense } from "react";
import { describe, expect, it } from "vitest";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { lazyOptional } from "#app/components/ui/lazy-optional.ts";
import { TextField } from "#app/components/ui/text-field.tsx";
import { descriptionProblem, titleProblem } from "#app/rules/task-rules.ts";
import { formFailureOf, renderRoute } from "../../support/render-route.tsx";

const FIELDS = { title: titleProblem, description: descriptionProblem };

function NoteForm() {
  return (
    <ActionForm intent="note" fields={FIELDS}>
      {({ field }) => (
        <>
          <TextField {...field("title")} label="Title" max={200} />
          <TextField {...field("description")} label="Description" rows={3} max={1000} />
          <Button>Save</Button>
        </>
      )}
    </ActionForm>
  );
}

const title = () => screen.getByLabelText("Title");
const description = () => screen.getByLabelText("Description");
const save = () => screen.getByRole("button", { name: "Save" });
const invalid = (field: HTMLElement) => field.getAttribute("aria-invalid") === "true";

describe("ActionForm", () => {
  it("displays no error while a field is empty or is left for a button", async () => {
    const { user } = renderRoute(<NoteForm />);
    await user.click(title());
    await user.tab();
    expect([document.activeElement === description(), invalid(title())]).toEqual([true, false]);
    await user.click(title());
    await user.paste("x".repeat(201));
    save().focus();
    expect(invalid(title())).toBe(false);
  });

  it("displays the error of a filled field that is left for another field, until it is corrected", async () => {
    const { user, sent } = renderRoute(<NoteForm />);
    await user.click(title());
    await user.paste("x".repeat(202));
    expect(invalid(title())).toBe(false);
    await user.tab();
    const error = screen.getByText("That's too long: use at most 200 characters.");
    expect(error.parentElement?.getAttribute("aria-live")).toBe("polite");
    await user.type(title(), "{Backspace}");
    expect(invalid(title())).toBe(true);
    await user.type(title(), "{Backspace}");
    expect(invalid(title())).toBe(false);
    expect(screen.queryByText(/at most 200/)).toBeNull();
    await user.click(save());
    await waitFor(() => expect(sent).toHaveLength(1));
  });

  it("focuses the first invalid field instead of submitting, and submits once after the correction", async () => {
    const { user, sent } = renderRoute(<NoteForm />);
    await user.click(description());
    await user.paste("x".repeat(1001));
    await user.click(save());
    expect([invalid(title()), invalid(description())]).toEqual([true, true]);
    expect(document.activeElement).toBe(title());
    expect(screen.queryByRole("alert")).toBeNull();
    await user.type(title(), "Ferns");
    await user.click(save());
    expect([invalid(title()), document.activeElement === description(), sent.length]).toEqual([
      false,
      true,
      0,
    ]);
    await user.type(description(), "{Backspace}");
    await user.dblClick(save());
    await waitFor(() =>
      expect(sent).toEqual([{ intent: "note", title: "Ferns", description: "x".repeat(1000) }]),
    );
  });

  it("displays the server's failure until its own validation blocks a submission", async () => {
    const failure = formFailureOf("note", {
      message: "Some fields aren't valid.",
      errors: { title: ["There is such a note already."] },
      values: { title: "Ferns", description: "Water them" },
    });
    const { user, sent } = renderRoute(<NoteForm />, { failure });
    await user.type(title(), " again");
    await user.tab();
    expect([invalid(title()), invalid(description())]).toEqual([true, false]);
    expect(screen.getByText("There is such a note already.")).toBeTruthy();
    // The field says what is wrong.
    expect(screen.queryByRole("alert")).toBeNull();

    // The server's errors refer to older text by then. The input stays.
    await user.clear(title());
    await user.click(save());
    expect(screen.queryByText("There is such a note already.")).toBeNull();
    expect(screen.queryByRole("alert")).toBeNull();
    expect(screen.getByText("Write what you want to do.")).toBeTruthy();
    expect(description()).toHaveProperty("value", "Water them");
    await user.type(title(), "Ivy");
    await user.click(save());
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(screen.queryByText("There is such a note already.")).toBeNull();
  });
});

describe("lazyOptional", () => {
  it("renders nothing in place of a component whose script cannot be loaded", async () => {
    const Missing = lazyOptional<object>(() => Promise.reject(new TypeError("Failed to fetch")));
    render(
      <Suspense fallback="Loading">
        The page <Missing />
      </Suspense>,
    );
    expect(await screen.findByText("The page")).toBeTruthy();
  });
});

describe("CharacterCount", () => {
  const findVisible = (text: string) => screen.findByText(text, { selector: "[aria-hidden]" });

  it("counts code points, as the server does, near the limit and beyond it", async () => {
    const { user } = renderRoute(<NoteForm />);
    await user.click(title());
    await user.paste("🦉".repeat(179));
    expect(screen.queryByText(/left/)).toBeNull();
    await user.type(title(), "a ");
    await findVisible("20 characters left");
    await user.paste("🦉".repeat(18));
    await findVisible("1 character left");
    await user.paste("🦉🦉🦉");
    await findVisible("2 too many");
  });

  it("is announced after a pause", async () => {
    const { user } = renderRoute(<NoteForm />);
    await user.click(title());
    await user.paste("x".repeat(190));
    const announced = (await findVisible("10 characters left")).nextElementSibling;
    expect([announced?.getAttribute("role"), announced?.textContent]).toEqual(["status", ""]);
    await user.type(title(), "x");
    expect(announced?.textContent).toBe("");
    await waitFor(() => expect(announced?.textContent).toBe("9 characters left"));
  });
});
