import { useFetchers, useLocation, useNavigation } from "@remix-run/react";
import { type ReactNode, useState } from "react";
import type { Notice as News } from "#app/page-data/notice.ts";

interface NoticeProps {
  /** What the root loader said last; undefined when it failed. */
  visit: { notice: News | null } | undefined;
  /** What takes back a deletion. */
  undo: (id: number) => ReactNode;
}

/**
 * A notice is news only until something else is sent: beside the failure of that it would be a lie. A page that is but
 * brought up to date has nothing to tell, and takes nothing back.
 */
function useNews(visit: NoticeProps["visit"]) {
  const { key } = useLocation();
  const fetchers = useFetchers();
  const sending = [useNavigation(), ...fetchers].some(
    // Taking back what the notice tells of is done from within it.
    ({ state, formData }) => state === "submitting" && formData?.get("intent") !== "restore",
  );
  const [told, setTold] = useState({ visit, key, news: visit?.notice });
  if (visit !== told.visit) {
    setTold({ visit, key, news: visit?.notice ?? (key === told.key ? told.news : null) });
  } else if (sending && told.news) setTold({ ...told, news: null });
  return told.news;
}

/**
 * Says what has just happened, on a slip at the foot of the window, where nothing has to make room for it. The region
 * is always on the page, as screen readers tell only of changes inside a region that they know.
 */
export function Notice({ visit, undo }: NoticeProps) {
  const news = useNews(visit);
  const { key } = useLocation();
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-0 z-20 flex justify-center p-4 print:hidden"
    >
      {news && (
        // A new node per answer, so that the same words twice are read twice.
        <div
          key={key}
          className="slip pointer-events-auto flex flex-wrap items-center rounded-control border border-ink bg-ink pr-1 pl-4 text-paper shadow-lifted"
        >
          <p className="py-2.5 pr-3 font-semibold">{news.text}</p>
          {news.undo !== undefined && undo(news.undo)}
        </div>
      )}
    </div>
  );
}
