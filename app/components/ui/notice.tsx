import { useFetchers, useLocation, useNavigation } from "@remix-run/react";
import { useState } from "react";

interface NoticeProps {
  /** What the root loader said last; undefined when it failed. */
  visit: { notice: string | null } | undefined;
}

/** A notice is news only until something else is sent: beside the failure of that it would be a lie. */
function useNews(visit: NoticeProps["visit"]) {
  const fetchers = useFetchers();
  const sending = [useNavigation(), ...fetchers].some(({ state }) => state === "submitting");
  const [outdated, setOutdated] = useState<NoticeProps["visit"]>();
  if (sending && outdated !== visit) setOutdated(visit);
  return visit === outdated ? null : visit?.notice;
}

/**
 * Says what has just happened. The region is always on the page, as screen readers tell only of changes inside a region
 * that they know. It keeps its height when empty: what comes below must not move away under a finger.
 */
export function Notice({ visit }: NoticeProps) {
  const news = useNews(visit);
  const { key } = useLocation();
  return (
    <div role="status" className="flex min-h-16 items-center sm:min-h-20">
      {news && (
        // A new node per answer, so that the same words twice are read twice.
        <p key={key} className="border-l-4 border-accent py-1 pl-3 font-semibold">
          {news}
        </p>
      )}
    </div>
  );
}
