import type { ClientActionFunctionArgs, ShouldRevalidateFunctionArgs } from "@remix-run/react";
import { formFailure } from "#app/page-data/form-failure.ts";

const UNREACHED = "Tock could not be reached. Nothing is lost: try again when you are online.";

/**
 * A page's `clientAction`: a form that does not come through is answered as one that was refused, so that it stays on
 * the page as it was typed. Left to Remix, the whole page would give way to an error.
 */
export async function keepFormOnNetworkError({
  request,
  serverAction,
}: ClientActionFunctionArgs): Promise<unknown> {
  const copy = request.clone();
  try {
    return await serverAction();
  } catch (thrown) {
    // Redirects and error pages are thrown too, and are answers; an Error is none.
    if (!(thrown instanceof Error)) throw thrown;
    // A plain object would go for a success, and the page would be asked for anew.
    return Response.json(formFailure(await copy.formData(), UNREACHED), { status: 503 });
  }
}

/** A page's `shouldRevalidate`, the root's too: what was refused has changed nothing, so nothing is asked for anew. */
export const revalidateOnSuccess = ({
  actionStatus = 200,
}: Pick<ShouldRevalidateFunctionArgs, "actionStatus">) => actionStatus < 400;
