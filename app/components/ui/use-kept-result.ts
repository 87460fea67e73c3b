import { useState } from "react";

/**
 * Keeps the last result of a page's action. React Router drops it with the next revalidation, such as that of a return to
 * the tab.
 *
 * State is set during render, React's pattern for derived state: an effect would paint the page once without the result.
 */
export function useKeptResult<T>(result: T | undefined): T | undefined {
  const [kept, setKept] = useState(result);
  if (result !== undefined && result !== kept) setKept(result);
  return kept;
}
