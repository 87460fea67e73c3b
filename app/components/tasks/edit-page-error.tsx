import { useParams } from "@remix-run/react";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { useDraftKey, writeDraft } from "#app/components/ui/drafts.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { useFormFailure } from "#app/components/ui/use-form-failure.ts";
import { useKeptResult } from "#app/components/ui/use-kept-result.ts";
import { AddAsNew } from "./add-as-new.tsx";

/** The error page of the edit page. The text of a task that was deleted for good can become a new task. */
export function EditPageError() {
  const draft = `task-${useParams().id}`;
  const draftKey = useDraftKey(draft);
  const failure = useKeptResult(useFormFailure({ intent: "save" }));
  if (!failure?.recovery?.submissionId) return <PageError />;
  const discard = (
    <ButtonLink to="/dashboard" variant="quiet" onClick={() => writeDraft(draftKey)}>
      Discard
    </ButtonLink>
  );
  return (
    <div className="grid max-w-column gap-6">
      <PageHeading>Edit task</PageHeading>
      <AddAsNew failure={failure} draft={draft} action="/dashboard" discard={discard} />
    </div>
  );
}
