import { useLocation } from "@remix-run/react";

/**
 * Says what has just happened. The region is always on the page, as screen readers tell only of changes inside a region
 * that they know.
 */
export function Notice({ children }: { children: string | null }) {
  const { key } = useLocation();
  return (
    <div role="status">
      {children && (
        // A new node per answer, so that the same words twice are read twice.
        <p key={key} className="mb-6 border-l-4 border-accent py-1 pl-3 font-semibold">
          {children}
        </p>
      )}
    </div>
  );
}
