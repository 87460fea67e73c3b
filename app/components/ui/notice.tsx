import { useFetchers, useLocation, useNavigation } from "@remix-run/react";
import { type ReactNode, useState } from "react";
import type { Notice as NoticeData } from "#app/page-data/notice.ts";

interface NoticeProps {
  /** The root loader's data; undefined if it failed. */
  rootData: { notice: NoticeData | null } | undefined;
  /** Renders the form that restores a deleted task. */
  undo: (id: number) => ReactNode;
}

/**
 * The notice to display. It survives a revalidation of the same page. It is cleared when the next submission starts,
 * because it would contradict a failure of that submission.
 *
 * State is set during render, React's pattern for derived state: an effect would paint an outdated notice once more.
 */
function useCurrentNotice(rootData: NoticeProps["rootData"]) {
  const { key } = useLocation();
  const fetchers = useFetchers();
  const isSubmitting = [useNavigation(), ...fetchers].some(
    // The undo form is part of the notice.
    ({ state, formData }) => state === "submitting" && formData?.get("intent") !== "restore",
  );
  const [current, setCurrent] = useState({ rootData, key, notice: rootData?.notice });
  if (rootData !== current.rootData) {
    const kept = key === current.key ? current.notice : null;
    setCurrent({ rootData, key, notice: rootData?.notice ?? kept });
  } else if (isSubmitting && current.notice) setCurrent({ ...current, notice: null });
  return current.notice;
}

/**
 * Reports the result of the last action in a toast at the bottom of the window. The live region is always rendered:
 * screen readers announce changes only in a region that was already on the page.
 */
export function Notice({ rootData, undo }: NoticeProps) {
  const notice = useCurrentNotice(rootData);
  const { key } = useLocation();
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-0 z-20 flex justify-center p-4 print:hidden"
    >
      {notice && (
        // A new element per navigation, so that screen readers repeat an identical text.
        <div
          key={key}
          className="toast pointer-events-auto flex flex-wrap items-center rounded-control border border-ink bg-ink pr-1 pl-4 text-paper shadow-lifted"
        >
          <p className="py-2.5 pr-3 font-semibold">{notice.text}</p>
          {notice.undo !== undefined && undo(notice.undo)}
        </div>
      )}
    </div>
  );
}
