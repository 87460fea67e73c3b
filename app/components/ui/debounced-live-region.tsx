import { useEffect, useState } from "react";

const DEBOUNCE_MS = 1000;

interface DebouncedLiveRegionProps {
  text: string;
  /** The initial content of the live region, which screen readers do not announce. */
  announced?: string;
}

/** Text that changes while the user types: displayed at once, announced by screen readers after a pause. */
export function DebouncedLiveRegion({ text, announced: initial = text }: DebouncedLiveRegionProps) {
  const [announced, setAnnounced] = useState(initial);

  useEffect(() => {
    const timer = setTimeout(setAnnounced, DEBOUNCE_MS, text);
    return () => clearTimeout(timer);
  }, [text]);

  return (
    <>
      <span aria-hidden="true">{text}</span>
      <span role="status" className="sr-only">
        {announced}
      </span>
    </>
  );
}
