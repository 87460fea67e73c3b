import { useState } from "react";
import { useUserId } from "./drafts.ts";

/**
 * Keeps the last result of a page's action. React Router drops it with the next revalidation, such as that of a return to
 * the tab.
 *
 * State is set during render, React's pattern for derived state: an effect would paint the page once without the result.
 */
export function useKeptResult<T>(result: T | undefined): T | undefined {
  const userId = useUserId();
  const [kept, setKept] = useState({ userId, result });
  // When the back/forward cache restores a page, another user may have signed in.
  if (userId !== kept.userId || (result !== undefined && result !== kept.result)) setKept({ userId, result });
  return kept.result;
}
