import { Form } from "@remix-run/react";
import type { ReactNode } from "react";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { Button } from "./button.tsx";
import { TextField } from "./text-field.tsx";

const VISIBLE_FIELDS = {
  title: { label: "Title" },
  description: { label: "Description", rows: 4 },
  name: { label: "Name", autoComplete: "name" },
  email: { label: "Email", type: "email", autoComplete: "email" },
} as const;

interface RetryFormProps {
  failure: FormFailure;
  /** Other ways to continue, beside the button. */
  children: ReactNode;
}

/** Offers to resubmit a failed form with its values from an error page, where the original form is not rendered. */
export function RetryForm({ failure, children }: RetryFormProps) {
  const fields = Object.entries(failure.values).map(([name, value]) => {
    const visible = VISIBLE_FIELDS[name as keyof typeof VISIBLE_FIELDS];
    return visible && value ? (
      <TextField key={name} name={name} {...visible} defaultValue={value} errors={[]} autoFocus={false} />
    ) : (
      <input key={name} type="hidden" name={name} value={value} />
    );
  });

  return (
    <Form method="post" reloadDocument className="grid w-full max-w-form gap-4">
      {fields.some(({ type }) => type === TextField) && <p>Your text is still here.</p>}
      {fields}
      <p className="mt-2 flex flex-wrap gap-3">
        <Button>Try again</Button>
        {children}
      </p>
    </Form>
  );
}
