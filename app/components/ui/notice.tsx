import { Link, useFetchers, useLocation, useNavigation } from "@remix-run/react";
import { type ComponentProps, type ReactNode, useEffect, useRef, useState } from "react";
import type { Notice as NoticeData } from "#app/page-data/notice.ts";
import { RESTORE_TASK } from "./fetcher-keys.ts";

interface NoticeProps {
  /** The root loader's data; undefined if it failed. */
  rootData: { notice: NoticeData | null } | undefined;
  /** Renders the form that takes a change back. */
  undo: (notice: NoticeData) => ReactNode;
}

/** How long a notice stays after the pointer and the focus have left it. */
const VISIBLE_SECONDS = 6;

/**
 * The notice to display. It survives a revalidation of the same page. It is cleared when the next submission starts,
 * because it would contradict a failure of that submission.
 *
 * State is set during render, React's pattern for derived state: an effect would paint an outdated notice once more.
 */
function useCurrentNotice(rootData: NoticeProps["rootData"]) {
  const { key } = useLocation();
  const fetchers = useFetchers();
  const isSubmitting =
    useNavigation().state === "submitting" ||
    // The undo form is part of the notice.
    fetchers.some((fetcher) => fetcher.state === "submitting" && fetcher.key !== RESTORE_TASK);
  const next = rootData?.notice;
  const [current, setCurrent] = useState({ rootData, key, notice: next, seen: next?.undo_until });
  if (rootData !== current.rootData) {
    const kept = key === current.key ? current.notice : null;
    // For a reload, the server repeats a notice with an Undo button.
    const isRepeated = next?.undo_until !== undefined && next.undo_until === current.seen;
    const notice = next && !isRepeated ? next : kept;
    setCurrent({ rootData, key, notice, seen: next?.undo_until ?? current.seen });
  } else if (isSubmitting && current.notice) setCurrent({ ...current, notice: null });
  return [current.notice, () => setCurrent({ ...current, notice: null })] as const;
}

/**
 * Reports the result of the last action in a toast at the bottom of the window. The live region is always rendered:
 * screen readers announce changes only in a region that was already on the page.
 */
export function Notice({ rootData, undo }: NoticeProps) {
  const [notice, dismiss] = useCurrentNotice(rootData);
  const { key } = useLocation();
  const region = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `dismiss` is new with every render.
  useEffect(() => {
    if (!notice) return;
    let seconds = 0;
    const timer = setInterval(() => {
      // Asked each time: no event tells that the element under the pointer, or with the focus, was replaced.
      seconds = region.current?.matches(":hover, :focus-within") ? 0 : seconds + 1;
      if (seconds === VISIBLE_SECONDS) dismiss();
    }, 1_000);
    return () => clearInterval(timer);
  }, [notice]);

  return (
    <div ref={region} role="status" className="notice">
      {notice && (
        // A new element per navigation, so that screen readers repeat an identical text.
        <div key={key} className={notice.quiet ? "sr-only" : "toast"}>
          <p className="py-2.5 pr-3 font-semibold">{notice.text}</p>
          {notice.undo !== undefined && undo(notice)}
          {notice.show && <NoticeLink to={notice.show}>Show it</NoticeLink>}
          {notice.trash && <NoticeLink to="/trash">Trash</NoticeLink>}
        </div>
      )}
    </div>
  );
}

const NoticeLink = (props: ComponentProps<typeof Link>) => (
  <Link
    className="inline-flex min-h-target items-center px-3 font-semibold underline underline-offset-4"
    {...props}
  />
);
