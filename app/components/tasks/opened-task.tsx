import { useEffect, useState } from "react";
import { readDraft, useDraftKey } from "#app/components/ui/drafts.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { Task } from "#app/schemas/task.ts";

/** The fields of a task that a form shows. Of text that waited for a sign-in, only the version that it changes is known. */
export type ShownTask = Pick<Task, "version"> & Partial<Pick<Task, "title" | "description" | "completed">>;

interface OpenedTaskProps {
  task: ShownTask;
  /** The name of the form's draft, which may be based on an older version. */
  draft: string;
  failure: FormFailure | undefined;
}

type HiddenFields = Partial<Record<string, string>>;
const NAMES = ["version", "base_title", "base_description", "base_completed"];

const hiddenFields = ({ version, title, description, completed }: ShownTask): HiddenFields => ({
  version: String(version),
  ...(title && { base_title: title, base_description: description ?? "", base_completed: String(completed) }),
});

/** Hidden fields with the task as it was when its form was opened. The server compares them with the task as it is now. */
export function OpenedTask({ task, draft, failure }: OpenedTaskProps) {
  const draftKey = useDraftKey(draft);
  const [kept, setKept] = useState<HiddenFields>();
  useEffect(() => setKept(readDraft(draftKey)), [draftKey]);

  const conflict = failure?.recovery?.conflict;
  const { title, description } = conflict?.fields ?? {};
  const fields: HiddenFields = {
    ...([failure?.values, kept].find((values) => values?.version) ?? hiddenFields(task)),
    ...(conflict && { version: String(conflict.version) }),
    ...(title && { base_title: title.saved }),
    ...(description && { base_description: description.saved }),
  };
  return NAMES.filter((name) => fields[name] !== undefined).map((name) => (
    <input key={name} type="hidden" name={name} value={fields[name]} />
  ));
}
