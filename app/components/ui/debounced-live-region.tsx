import { useEffect, useState } from "react";

const REST_MS = 1000;

interface ChangingTextProps {
  text: string;
  /** What the reader has heard of it already: at first all of it. */
  before?: string;
}

/** Text that changes with the keys: seen at once, spoken when they rest. */
export function DebouncedLiveRegion({ text, before = text }: ChangingTextProps) {
  const [spoken, setSpoken] = useState(before);

  useEffect(() => {
    const rest = setTimeout(setSpoken, REST_MS, text);
    return () => clearTimeout(rest);
  }, [text]);

  return (
    <>
      <span aria-hidden="true">{text}</span>
      <span role="status" className="sr-only">
        {spoken}
      </span>
    </>
  );
}
