import type { ClientActionFunctionArgs, ShouldRevalidateFunctionArgs } from "@remix-run/react";
import { type FormFailure, formFailure } from "#app/page-data/form-failure.ts";
import { removeSentForm, removeTaskDraft, type SentForm } from "./drafts.ts";

const UNREACHABLE = "Can't reach Tock. Your text is still here.";

/**
 * A page's `clientAction`: turns a network error into a form failure, so that the form keeps its input. By default
 * Remix would replace the whole page with an error. After a successful submission it removes what the tab has kept of the
 * form (drafts.ts).
 */
export async function keepFormOnNetworkError({
  request,
  params,
  serverAction,
}: ClientActionFunctionArgs): Promise<unknown> {
  const fields = await request.clone().formData();
  try {
    return await serverAction();
  } catch (thrown) {
    // Remix also throws redirects and error pages; only a network error is an Error.
    if (!(thrown instanceof Error)) {
      const location = (thrown as Response).headers?.get("Location");
      // Removed here, because the form may have unmounted, or unmounts while it is pending. A redirect to /signin means
      // that the session has ended.
      if (location && !location.startsWith("/signin")) {
        const sent = Object.fromEntries(fields) as SentForm;
        removeSentForm(sent);
        removeTaskDraft(sent, sent.id ?? params.id);
      }
      throw thrown;
    }
    // The status marks it as a failure: after a plain object Remix would revalidate the page.
    return Response.json(formFailure(fields, UNREACHABLE), { status: 503 });
  }
}

/** The `shouldRevalidate` of the root and of pages: a rejected submission has changed no data. */
export const revalidateOnSuccess = ({
  actionStatus = 200,
}: Pick<ShouldRevalidateFunctionArgs, "actionStatus">) => actionStatus < 400;

/**
 * As `revalidateOnSuccess`, for the pages of a single task: they also load again when it was deleted meanwhile, to show the
 * way back.
 */
export const revalidateWhenDeleted = ({
  actionResult,
  ...args
}: Pick<ShouldRevalidateFunctionArgs, "actionStatus" | "actionResult">) => {
  const { errors, recovery } = (actionResult ?? {}) as Partial<FormFailure>;
  return Boolean(errors?.task ?? recovery?.submissionId) || revalidateOnSuccess(args);
};
