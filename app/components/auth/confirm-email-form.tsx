import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";

/** Posts to the address of its page, which contains the token. */
export function ConfirmEmailForm() {
  return (
    <ActionForm intent="confirm-email">
      {({ pending }) => (
        <Button pending={pending} className="justify-self-start">
          {pending ? "Saving…" : "Use this email"}
        </Button>
      )}
    </ActionForm>
  );
}
