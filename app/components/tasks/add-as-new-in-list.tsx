import { useFetcher } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { AddAsNew } from "./add-as-new.tsx";

interface AddAsNewInListProps {
  failure: FormFailure;
  draft: string;
  listPath: string;
  onClose: () => void;
  onDiscard: () => void;
}

/** Replaces the editor within the list, see `AddAsNew`. */
export default function AddAsNewInList({
  failure,
  draft,
  listPath,
  onClose,
  onDiscard,
}: AddAsNewInListProps) {
  const fetcher = useFetcher({ key: `add-${draft}` });
  const discard = (
    <Button type="button" variant="quiet" onClick={onDiscard}>
      Discard
    </Button>
  );
  return <AddAsNew {...{ failure, draft, fetcher, discard }} action={listPath} onSuccess={onClose} />;
}
