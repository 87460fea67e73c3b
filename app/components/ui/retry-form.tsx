import { Form } from "@remix-run/react";
import type { FormFailure } from "#app/schemas/form-failure.ts";
import { Button } from "./button.tsx";
import { TextField } from "./text-field.tsx";

const TYPED: Record<string, { label: string; rows?: number }> = {
  title: { label: "Title" },
  description: { label: "Description", rows: 4 },
  name: { label: "Name" },
  email: { label: "Email" },
};

/** A form that could not be worked on, as it was sent, on a page that could not be made: to be sent once more. */
export function RetryForm({ failure }: { failure: FormFailure }) {
  return (
    <Form method="post" reloadDocument className="grid w-full gap-4">
      {Object.entries(failure.values).map(([name, value]) => {
        const typed = TYPED[name];
        return typed ? (
          <TextField key={name} name={name} {...typed} defaultValue={value} errors={[]} autoFocus={false} />
        ) : (
          <input key={name} type="hidden" name={name} value={value} />
        );
      })}
      <p>
        <Button>Try again</Button>
      </p>
    </Form>
  );
}
