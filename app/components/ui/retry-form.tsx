import { Form } from "@remix-run/react";
import type { ReactNode } from "react";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { Button } from "./button.tsx";
import { TextField } from "./text-field.tsx";

const TYPED = {
  title: { label: "Title" },
  description: { label: "Description", rows: 4 },
  name: { label: "Name", autoComplete: "name" },
  email: { label: "Email", type: "email", autoComplete: "email" },
} as const;

interface RetryFormProps {
  failure: FormFailure;
  /** Another way on, beside the button. */
  children: ReactNode;
}

/** A form that could not be worked on, as it was sent, on a page that could not be made: to be sent once more. */
export function RetryForm({ failure, children }: RetryFormProps) {
  const fields = Object.entries(failure.values).map(([name, value]) => {
    const typed = TYPED[name as keyof typeof TYPED];
    return typed && value ? (
      <TextField key={name} name={name} {...typed} defaultValue={value} errors={[]} autoFocus={false} />
    ) : (
      <input key={name} type="hidden" name={name} value={value} />
    );
  });

  return (
    <Form method="post" reloadDocument className="grid w-full max-w-form gap-4">
      {fields.some(({ type }) => type === TextField) && <p>What you typed is still here.</p>}
      {fields}
      <p className="mt-2 flex flex-wrap gap-3">
        <Button>Try again</Button>
        {children}
      </p>
    </Form>
  );
}
